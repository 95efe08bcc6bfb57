import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { roles } from '../contract/user.ts'
import { createPeople } from '../server/inbox/people.ts'
import { newId, systemClock } from '../server/lib/clock.ts'
import { ConfigError } from '../server/lib/config-error.ts'
import { createPasswords } from '../server/lib/password.ts'
import { openCommandData } from './join.ts'

/** Adds a person, or gives one who is there a new password. Prints the password when none was given. */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      email: { type: 'string' },
      name: { type: 'string' },
      role: { type: 'string', default: 'admin' },
      password: { type: 'string' },
      demo: { type: 'boolean' },
    },
  })
  const role = roles.find((one) => one === values.role)
  if (values.email === undefined || role === undefined) {
    throw new ConfigError(['Usage: npm run mistok -- user --email who@example.com [--name Name] [--role admin|agent] [--password …]'])
  }
  const password = values.password ?? randomBytes(12).toString('base64url')
  const { data } = await openCommandData(args)
  try {
    const people = createPeople({ db: data.db, clock: systemClock, newId, passwords: createPasswords() })
    const known = await data.db.selectFrom('users').select('id').where('email', '=', values.email.toLowerCase()).executeTakeFirst()
    if (known === undefined) await people.create({ email: values.email, name: values.name ?? values.email, password, role })
    else await people.update(known.id, { password })
  } finally {
    await data.close()
  }
  process.stdout.write(`${values.email} can sign in${values.password === undefined ? ` with the password ${password}` : ''}.\n`)
  return 0
}
