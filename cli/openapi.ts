import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { openApiDocument } from '../server/http/openapi.ts'

const folder = fileURLToPath(new URL('../docs/api/', import.meta.url))
const file = `${folder}openapi.json`

/** Writes docs/api/openapi.json; with `--check` only says whether it is what the schemas say. Resolves with the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const document = `${JSON.stringify(await openApiDocument(), null, 2)}\n`
  if (!args.includes('--check')) {
    await mkdir(folder, { recursive: true })
    await writeFile(file, document)
    return 0
  }
  const kept = await readFile(file, 'utf8').catch(() => '')
  if (kept === document) return 0
  process.stderr.write('docs/api/openapi.json is not what the schemas say. Run: npm run mistok -- openapi\n')
  return 1
}
