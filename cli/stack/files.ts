import { chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ConfigError } from '../../server/lib/config-error.ts'
import { registrationText } from '../../server/providers/matrix/setup/registration.ts'
import { bridgeConfig, bridgeEnvironment, bridgeRegistration } from './bridge-config.ts'
import { databasesSql } from './databases.ts'
import { composeFile, images } from './docker.ts'
import { homeserverConfig, logConfig, signingKey } from './homeserver.ts'
import { installScript } from './install-script.ts'
import { environmentText, mistokEnvironment } from './mistok-env.ts'
import { bridgeInputOf, registrationsFor, type StackPlan } from './plan.ts'
import { proxyConfig } from './proxy.ts'
import { backupScript, controlScript, restoreScript } from './scripts.ts'
import { setupFile } from './setup-file.ts'
import { unitFiles } from './systemd.ts'
import { yamlOf } from './yaml.ts'

/** Files by their path in the folder. A path that ends in a slash is a folder that has to be there. */
export type Files = Readonly<Record<string, string>>

/** Everything of a stack. */
export function stackFiles(plan: StackPlan): Files {
  const ours = registrationsFor(plan)
  const bridge = bridgeInputOf(plan)
  const whatsapp = registrationText(bridgeRegistration(bridge, plan.secrets.bridge.sender))
  return {
    Caddyfile: proxyConfig(plan),
    'postgres/databases.sql': databasesSql(plan),
    'synapse/homeserver.yaml': homeserverConfig(plan),
    'synapse/log.yaml': logConfig,
    'synapse/signing.key': signingKey(plan),
    'synapse/mistok.yaml': registrationText(ours.appservice),
    'synapse/mistok-double-puppet.yaml': registrationText(ours.doublePuppet),
    'synapse/whatsapp.yaml': whatsapp,
    'synapse/media/': '',
    'bridge/config.yaml': yamlOf(bridgeConfig(bridge)),
    'bridge/registration.yaml': whatsapp,
    'bridge/environment': environmentText(bridgeEnvironment),
    'mistok/environment': environmentText(mistokEnvironment(plan)),
    'mistok/setup.json': `${JSON.stringify(setupFile(plan), null, 2)}\n`,
    'mistok/secret.key': `${plan.secrets.sealingKey}\n`,
    'mistok/data/': '',
    mistokctl: controlScript(plan),
    'backup.sh': backupScript(plan),
    'restore.sh': restoreScript(plan),
    ...(plan.kind === 'docker' ? dockerFiles(plan) : systemdFiles(plan)),
  }
}

function dockerFiles(plan: StackPlan): Files {
  return { 'compose.yaml': composeFile(plan), '.env': environmentText(images), 'postgres/password': `${plan.secrets.postgres}\n` }
}

function systemdFiles(plan: StackPlan): Files {
  const units = Object.entries(unitFiles(plan)).map(([name, text]) => [`units/${name}`, text] as const)
  return { 'install.sh': installScript(plan), ...Object.fromEntries(units) }
}

function modeOf(path: string): number {
  // PostgreSQL's container reads it as a user of its own; its folder keeps everybody else of the machine out.
  if (path === 'postgres/databases.sql') return 0o644
  return path.endsWith('.sh') || path === 'mistokctl' ? 0o700 : 0o600
}

/**
 * Writes them all, for this user alone, and nothing over what is there: its secrets may be in use. Throws ConfigError that names the file
 * that is. `owner` is the user of the machine to whom what containers run as it reads is given.
 */
export function writeFiles(folder: string, files: Files, owner?: number): void {
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path)
    const isOwned = ['mistok/', 'synapse/', 'bridge/'].some((part) => path.startsWith(part))
    const isFolder = path.endsWith('/')
    mkdirSync(isFolder ? file : dirname(file), { recursive: true, mode: 0o700 })
    if (!isFolder) writeOnce(file, text, modeOf(path))
    if (owner !== undefined && isOwned) for (const one of [dirname(file), file]) chownSync(one, owner, owner)
  }
}

function writeOnce(file: string, text: string, mode: number): void {
  try {
    writeFileSync(file, text, { mode, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new ConfigError([`${file} is there already; its secrets may be in use. Name another folder.`])
  }
}
