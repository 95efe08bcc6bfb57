import { type DatabaseName, databaseNames, type StackPlan } from './plan.ts'

/** Makes a user and a database for each part; the homeserver insists on the C collation. Run once, by a superuser, on an empty cluster. */
export function databasesSql({ secrets }: StackPlan): string {
  return databaseNames.map((name) => databaseSql(name, secrets.databases[name])).join('\n')
}

function databaseSql(name: DatabaseName, password: string): string {
  return [
    `CREATE ROLE ${name} LOGIN PASSWORD '${password}';`,
    `CREATE DATABASE ${name} OWNER ${name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';`,
    `REVOKE CONNECT ON DATABASE ${name} FROM PUBLIC;`,
    '',
  ].join('\n')
}
