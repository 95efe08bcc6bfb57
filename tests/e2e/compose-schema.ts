import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder, installSynapse } from './synapse-install.ts'

const run = promisify(execFile)
const checker = 'check-jsonschema==0.39.0'

/** Checks a compose file against the schema of the Compose specification, by a validator from PyPI that brings it. Throws what it says. */
export async function checkComposeFile(file: string): Promise<void> {
  const python = await installSynapse()
  const folder = join(cacheFolder(), checker)
  if (!existsSync(folder)) {
    const partial = `${folder}.${process.pid}.partial`
    await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', partial, checker], {
      timeout: 300_000,
    })
    await rename(partial, folder).catch(() => rm(partial, { recursive: true }))
  }
  const env = { PATH: process.env['PATH'], PYTHONPATH: folder }
  await run(python, ['-m', 'check_jsonschema', '--builtin-schema', 'vendor.compose-spec', file], { env, timeout: 60_000 })
}
