import { bridgeEnvironment } from './bridge-config.ts'
import type { StackPlan } from './plan.ts'

/** The users of the machine as whom the parts run; none of them can sign in. */
export const systemUsers = { mistok: 'mistok', synapse: 'mistok-synapse', bridge: 'mistok-bridge' } as const
type Part = keyof typeof systemUsers

/** The units by their file names. The database and the proxy are the distribution's own. */
export function unitFiles(plan: StackPlan): Readonly<Record<string, string>> {
  return {
    'mistok-synapse.service': service(plan, 'synapse', {
      description: 'Matrix homeserver of Mistok (Synapse)',
      after: ['postgresql.service'],
      start: `${plan.folder}/synapse/venv/bin/python -m synapse.app.homeserver -c ${plan.folder}/synapse/homeserver.yaml`,
      writes: [`${plan.folder}/synapse`],
      memory: '4G',
    }),
    'mistok-bridge.service': service(plan, 'bridge', {
      description: 'WhatsApp bridge of Mistok (mautrix-whatsapp)',
      after: ['postgresql.service', 'mistok-synapse.service'],
      start: `${plan.folder}/bridge/mautrix-whatsapp -n -c ${plan.folder}/bridge/config.yaml`,
      environment: bridgeEnvironment,
      writes: [`${plan.folder}/bridge`],
      memory: '2G',
    }),
    'mistok.service': service(plan, 'mistok', {
      description: 'Mistok, a WhatsApp inbox',
      after: ['postgresql.service', 'mistok-synapse.service'],
      start: `${plan.checkout}/node_modules/.bin/node ${plan.checkout}/cli/main.ts serve`,
      environmentFile: `${plan.folder}/mistok/environment`,
      ready: `${plan.checkout}/node_modules/.bin/node ${plan.checkout}/scripts/wait-ready.mjs ${plan.mistok.url}`,
      writes: [`${plan.folder}/mistok/data`],
      memory: '1G',
    }),
    'mistok-backup.service': `[Unit]
Description=Backup of Mistok, its homeserver and its bridge

[Service]
Type=oneshot
ExecStart=${plan.folder}/backup.sh
Nice=10
IOSchedulingClass=idle
`,
    'mistok-backup.timer': `[Unit]
Description=Backup of Mistok every night

[Timer]
OnCalendar=*-*-* 03:17:00
RandomizedDelaySec=20min
Persistent=true

[Install]
WantedBy=timers.target
`,
  }
}

interface ServiceInput {
  readonly description: string
  readonly after: readonly string[]
  readonly start: string
  readonly environment?: Readonly<Record<string, string>>
  readonly environmentFile?: string
  /** What says when it is ready; the units after it wait for that. */
  readonly ready?: string
  readonly writes: readonly string[]
  readonly memory: string
}

/** Restarted however it ends, and shut off from whatever it does not need (systemd.exec(5)). */
function service(plan: StackPlan, part: Part, input: ServiceInput): string {
  const { description, after, start, environment = {}, environmentFile, ready, writes, memory } = input
  const lines = [
    '[Unit]',
    `Description=${description}`,
    'Wants=network-online.target',
    `After=network-online.target ${after.join(' ')}`,
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    'Type=exec',
    `User=${systemUsers[part]}`,
    `WorkingDirectory=${plan.folder}/${part}`,
    ...Object.entries(environment).map(([name, value]) => `Environment=${name}=${value}`),
    ...(environmentFile === undefined ? [] : [`EnvironmentFile=${environmentFile}`]),
    `ExecStart=${start}`,
    ...(ready === undefined ? [] : [`ExecStartPost=${ready}`]),
    'TimeoutStartSec=5min',
    'TimeoutStopSec=30s',
    'Restart=always',
    'RestartSec=2s',
    `MemoryMax=${memory}`,
    'LimitNOFILE=65536',
    'UMask=0077',
    ...hardening,
    `ReadWritePaths=${writes.join(' ')}`,
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ]
  return lines.join('\n')
}

const hardening = [
  'NoNewPrivileges=yes',
  'CapabilityBoundingSet=',
  'ProtectSystem=strict',
  'ProtectHome=read-only',
  'PrivateTmp=yes',
  'PrivateDevices=yes',
  'ProtectKernelTunables=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelLogs=yes',
  'ProtectControlGroups=yes',
  'ProtectClock=yes',
  'ProtectHostname=yes',
  'RestrictSUIDSGID=yes',
  'RestrictRealtime=yes',
  'RestrictNamespaces=yes',
  'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
  'LockPersonality=yes',
  'SystemCallArchitectures=native',
]
