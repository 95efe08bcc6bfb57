import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What PostgreSQL itself wrote about its main process in `postmaster.pid`; `status` is absent in its first moments. */
export type Postmaster = { pid: number; socketDir: string; port: number; status: string }

/** What has become of a process: `other` is alive but not the PostgreSQL of this cluster (process ids are used again). */
export type Fate = 'ours' | 'other' | 'zombie' | 'gone'

const noSuchPid = 2 ** 22 + 1

/** The main process as the cluster's pid file names it, alive or not; undefined where there is no file, or one without a pid. */
export function readPostmaster(clusterDir: string): Postmaster | undefined {
  const file = join(clusterDir, 'postmaster.pid')
  if (!existsSync(file)) return undefined
  const [pid, , , port, socketDir = '', , , status = ''] = readFileSync(file, 'utf8').split('\n')
  return Number(pid) > 0 ? { pid: Number(pid), socketDir, port: Number(port), status: status.trim() } : undefined
}

/** Whether process `pid` is the PostgreSQL that was started with `-D clusterDir`, a full path. */
export function fateOf(pid: number, clusterDir: string): Fate {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return 'gone'
  }
  const seen = process.platform === 'linux' ? lookInProc(pid) : askPs(pid)
  if (seen === undefined) return 'gone'
  if (seen.state.startsWith('Z')) return 'zombie'
  return seen.command.includes(`/postgres -D ${clusterDir} `) ? 'ours' : 'other'
}

/**
 * Makes PostgreSQL forget a main process that is no more. PostgreSQL would refuse to start while any process, even a zombie, bears the pid
 * in its file. The file stays, with a pid that cannot exist: by its other lines PostgreSQL still notices children of the dead one that
 * write on.
 */
export function forgetPostmaster(clusterDir: string): void {
  const file = join(clusterDir, 'postmaster.pid')
  const postmaster = readPostmaster(clusterDir)
  if (postmaster === undefined) return rmSync(file, { force: true })
  const [, ...rest] = readFileSync(file, 'utf8').split('\n')
  writeFileSync(file, [noSuchPid, ...rest].join('\n'))
  if (postmaster.socketDir !== '') rmSync(join(postmaster.socketDir, `.s.PGSQL.${postmaster.port}.lock`), { force: true })
}

type Seen = { state: string; command: string }

function lookInProc(pid: number): Seen | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in brackets may itself hold brackets and spaces.
    return { state: stat.slice(stat.lastIndexOf(')') + 2), command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') }
  } catch {
    return undefined
  }
}

function askPs(pid: number): Seen | undefined {
  const { status, stdout } = spawnSync('ps', ['-ww', '-o', 'state=,command=', '-p', String(pid)], { encoding: 'utf8' })
  return status === 0 ? { state: stdout.trim(), command: stdout } : undefined
}
