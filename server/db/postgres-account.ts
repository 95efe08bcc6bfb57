import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs'

/**
 * How to start a program that refuses to run as root: a command to put before it, or the ids to run it with; both empty when we are not
 * root.
 */
export type Account = { prefix: string[]; ids: { uid: number; gid: number } | undefined }

const asNobodyOfItsOwn = ['unshare', '--user', '--map-user=65534', '--map-group=65534'] as const

/**
 * Chooses as whom PostgreSQL runs. An existing cluster keeps its owner. A new one of root's runs in a user namespace, which needs no user,
 * no chown, and works below a directory that only root may enter; where namespaces are forbidden, the system's `postgres` or `nobody` takes
 * it.
 */
export function chooseAccount(clusterDir: string, namespaces = namespacesAllowed): Account {
  if (process.getuid?.() !== 0) return { prefix: [], ids: undefined }
  const owner = existsSync(clusterDir) ? statSync(clusterDir) : undefined
  if (owner !== undefined && owner.uid !== 0) return { prefix: [], ids: { uid: owner.uid, gid: owner.gid } }
  if (namespaces()) return { prefix: [...asNobodyOfItsOwn], ids: undefined }
  const ids = findUser('postgres') ?? findUser('nobody')
  if (ids !== undefined) return { prefix: [], ids }
  throw new Error(
    'PostgreSQL refuses to run as root, and this machine allows neither a user namespace nor has an account "postgres" or "nobody". ' +
      'Start Mistok as another user, or set DATABASE_URL.',
  )
}

/**
 * Lets the chosen account write `ownDirs` and pass through `dataDir`, and checks that it can really reach them and run `program`.
 * Does nothing where the account is our own. Throws one plain sentence.
 */
export function admitAccount(
  { ids }: Account,
  { dataDir, ownDirs, program }: { dataDir: string; ownDirs: string[]; program: string },
): void {
  if (ids === undefined) return
  chmodSync(dataDir, 0o711)
  const foreign = ownDirs.filter((dir) => statSync(dir).uid !== ids.uid)
  if (foreign.length > 0) spawnSync('chown', ['-R', `${ids.uid}:${ids.gid}`, ...foreign])
  const reachable =
    ownDirs.every((dir) => spawnSync('test', ['-w', dir], ids).status === 0) && spawnSync('test', ['-x', program], ids).status === 0
  if (reachable) return
  throw new Error(
    `PostgreSQL refuses to run as root, and user ${ids.uid}, which would run it instead, may not reach ${dataDir} or ${program}. ` +
      'Start Mistok as another user, move both to where everybody may enter, or set DATABASE_URL.',
  )
}

function namespacesAllowed(): boolean {
  const [command, ...args] = asNobodyOfItsOwn
  return spawnSync(command, [...args, 'true'], { stdio: 'ignore' }).status === 0
}

function findUser(name: string): { uid: number; gid: number } | undefined {
  const line = existsSync('/etc/passwd') ? readFileSync('/etc/passwd', 'utf8').split('\n') : []
  const [, , uid, gid] = line.find((entry) => entry.startsWith(`${name}:`))?.split(':') ?? []
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) }
}
