import { parseArgs } from 'node:util'
import { openCommandData } from './join.ts'

/** Brings the database up to date and ends. A server does the same when it starts. */
export async function run(args: readonly string[]): Promise<number> {
  parseArgs({ args: [...args], options: { demo: { type: 'boolean' } } })
  const { data } = await openCommandData(args)
  await data.close()
  process.stdout.write('The database is up to date.\n')
  return 0
}
