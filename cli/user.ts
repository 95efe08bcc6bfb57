import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { roles } from '../contract/user.ts'
import { findUserByEmail } from '../server/db/users.ts'
import { createPeople, type People } from '../server/inbox/people/people.ts'
import { newId, systemClock } from '../server/lib/clock.ts'
import { ConfigError } from '../server/lib/config-error.ts'
import { AppError } from '../server/lib/errors.ts'
import { createPasswords } from '../server/lib/password.ts'
import type { Data } from '../server/open-data.ts'
import { openCommandData } from './join.ts'

const usage = `Usage: npm run mistok -- user <what>
  list
  add          --email who@example.com [--name Name] [--role admin|agent] [--password …]
  set-password --email who@example.com [--password …]
  role         --email who@example.com --role admin|agent
  deactivate   --email who@example.com
  activate     --email who@example.com
A password that is left out is made and printed.`

interface Asked {
  readonly data: Data
  readonly people: People
  readonly email: string
  readonly name: string | undefined
  readonly role: (typeof roles)[number] | undefined
  readonly password: string | undefined
}

/** Each returns what to print. */
const deeds: Readonly<Record<string, (asked: Asked) => Promise<string>>> = {
  async add({ people, email, name, role, password = newPassword() }) {
    await people.create({ email, name: name ?? email, password, role: role ?? 'admin' })
    return `${email} can sign in with the password ${password}\n`
  },
  async 'set-password'({ people, data, email, password = newPassword() }) {
    await people.update(await idOf(data, email), { password })
    return `${email} can sign in with the password ${password}\n`
  },
  async role({ people, data, email, role }) {
    if (role === undefined) throw new ConfigError([usage])
    await people.update(await idOf(data, email), { role })
    return `${email} is ${role} now.\n`
  },
  async deactivate({ people, data, email }) {
    await people.update(await idOf(data, email), { active: false })
    return `${email} cannot sign in any more.\n`
  },
  async activate({ people, data, email }) {
    await people.update(await idOf(data, email), { active: true })
    return `${email} can sign in again.\n`
  },
}

/** Lists people, adds them, changes their password and role, shuts them out and lets them in again. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      email: { type: 'string' },
      name: { type: 'string' },
      role: { type: 'string' },
      password: { type: 'string' },
      demo: { type: 'boolean' },
    },
  })
  const [what = ''] = positionals
  const role = roles.find((one) => one === values.role)
  const deed = deeds[what]
  const isWrong = positionals.length !== 1 || (what !== 'list' && (deed === undefined || values.email === undefined))
  if (isWrong || (values.role !== undefined && role === undefined)) throw new ConfigError([usage])
  if (values.password !== undefined && (values.password.length < 12 || values.password.length > 256))
    throw new ConfigError(['A password has from 12 to 256 characters.'])
  const { data } = await openCommandData(args)
  try {
    const people = createPeople({ db: data.db, clock: systemClock, newId, passwords: createPasswords() })
    const { name, password } = values
    process.stdout.write(
      deed === undefined ? await list(data) : await deed({ data, people, email: values.email ?? '', name, role, password }),
    )
  } catch (error) {
    if (error instanceof AppError) throw new ConfigError([error.message])
    throw error
  } finally {
    await data.close()
  }
  return 0
}

async function list({ db }: Data): Promise<string> {
  const rows = await db.selectFrom('users').select(['email', 'name', 'role', 'active']).orderBy('created_at').execute()
  return rows.map(({ email, name, role, active }) => `${email}\t${role}\t${active ? 'active' : 'deactivated'}\t${name}\n`).join('')
}

async function idOf({ db }: Data, email: string) {
  const found = await findUserByEmail(db, email)
  if (found === undefined) throw new ConfigError([`There is nobody with the e-mail ${email}.`])
  return found.id
}

function newPassword(): string {
  return randomBytes(12).toString('base64url')
}
