import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Check } from '../contract/settings.ts'
import type { Config } from '../server/config.ts'
import { createFfmpeg } from '../server/lib/ffmpeg.ts'

const oldestNode = 24
const MiB = 1024 * 1024
/** Below these free bytes media stop to be fetched, and nothing can be stored (`safety.md` R17). */
const scarce = { warning: 512 * MiB, error: 128 * MiB }

/** What this machine must have, whatever is stored: each check with a sentence on what to do. */
export async function checkMachine(
  config: Config,
  directory: string,
  freeBytes: (place: string) => number = freeBytesAt,
): Promise<readonly Check[]> {
  const there = nearest(directory)
  return [checkNode(), checkDirectory(directory, there), checkDisk(there, freeBytes(there)), await checkFfmpeg(config)]
}

function checkNode(): Check {
  const version = process.versions.node
  if (Number(version.split('.')[0]) >= oldestNode) return { id: 'node', status: 'ok', detail: `Node ${version}` }
  return {
    id: 'node',
    status: 'error',
    detail: `Node ${version} is too old.`,
    fix: `Start with npm start or npm run mistok, which bring Node ${oldestNode} or newer.`,
  }
}

function checkDirectory(directory: string, there: string): Check {
  try {
    accessSync(there, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch {
    const fix = 'Give this user the directory, or set MISTOK_DATA_DIR to another one.'
    return { id: 'data_directory', status: 'error', detail: `${there} cannot be written by this user.`, fix }
  }
  if (there === directory) return { id: 'data_directory', status: 'ok', detail: directory }
  return { id: 'data_directory', status: 'skipped', detail: `${directory} is made at the first start.` }
}

function freeBytesAt(place: string): number {
  const { bavail, bsize } = statfsSync(place)
  return bavail * bsize
}

function checkDisk(there: string, free: number): Check {
  const detail = `${Math.floor(free / MiB).toLocaleString('en')} MiB free at ${there}`
  const fix = 'Free some space, or move the data directory to a larger disk.'
  if (free < scarce.error) return { id: 'disk', status: 'error', detail: `${detail}. Nothing that comes can be stored any more.`, fix }
  if (free >= scarce.warning) return { id: 'disk', status: 'ok', detail }
  return {
    id: 'disk',
    status: 'warning',
    detail: `${detail}. When nothing is free, nothing that comes can be stored, and files come first to that.`,
    fix,
  }
}

async function checkFfmpeg({ ffmpeg }: Config): Promise<Check> {
  if (ffmpeg === 'off') return { id: 'ffmpeg', status: 'skipped', detail: 'Switched off by MISTOK_FFMPEG.' }
  if (await createFfmpeg({ program: ffmpeg, clock: Date.now }).isThere())
    return { id: 'ffmpeg', status: 'ok', detail: 'Recordings can be made voice notes.' }
  return {
    id: 'ffmpeg',
    status: 'warning',
    detail: 'There is no ffmpeg that writes Opus: recordings of a browser cannot be made voice notes.',
    fix: 'Install ffmpeg, or let MISTOK_FFMPEG name it.',
  }
}

function nearest(directory: string): string {
  return existsSync(directory) || dirname(directory) === directory ? directory : nearest(dirname(directory))
}
