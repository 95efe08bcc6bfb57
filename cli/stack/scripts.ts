import { databaseNames, type StackPlan } from './plan.ts'
import { systemUsers } from './systemd.ts'

/** `mistokctl`: any command of Mistok's with what belongs to this stack. */
export function controlScript({ kind, folder, checkout }: StackPlan): string {
  if (kind === 'docker')
    return `#!/bin/sh
# Runs a command of Mistok in its container: ./mistokctl doctor
cd "$(dirname "$0")" && exec docker compose exec mistok node cli/main.ts "$@"
`
  return `#!/bin/sh
# Runs a command of Mistok with the settings of this stack: ./mistokctl doctor
set -a
. ${folder}/mistok/environment
set +a
cd ${checkout}
# The doctor reads what it looks at whatever its rights are by now.
[ "$1" = doctor ] && exec node_modules/.bin/node cli/main.ts "$@"
exec runuser -u ${systemUsers.mistok} --preserve-environment -- node_modules/.bin/node cli/main.ts "$@"
`
}

const others = databaseNames.filter((name) => name !== 'mistok').join(' ')

/**
 * `backup.sh`: everything that cannot be had again, in a folder of the day. Nothing is stopped. Mistok comes last: what it knows by then is
 * in the other two already, or comes again.
 */
export function backupScript(plan: StackPlan): string {
  const { kind, folder, postgres } = plan
  const dump =
    kind === 'docker'
      ? `docker compose exec -T postgres pg_dump -U postgres -Fc "$1"`
      : `runuser -u postgres -- pg_dump -p ${postgres.port} -Fc "$1"`
  const own =
    kind === 'docker'
      ? `docker compose exec -T mistok node cli/main.ts backup - > "$to/mistok.tar.part"`
      : `./mistokctl backup - > "$to/mistok.tar.part"`
  return `#!/usr/bin/env bash
# Backs up Mistok, the homeserver and the bridge: databases, media, configs and keys. Whoever has it can read every message: keep it safe.
# The last 14 are kept; BACKUPS names another place, KEEP another number.
set -euo pipefail
umask 077
cd ${folder}
to="\${BACKUPS:-${folder}/backups}/$(date -u +%Y-%m-%dT%H%M%SZ)"
mkdir -p "$to"
dump() { ${dump}; }
for name in ${others}; do dump "$name" > "$to/$name.dump"; done
tar -cf "$to/files.tar" --exclude=synapse/venv --exclude=bridge/mautrix-whatsapp --exclude='postgres/data' --exclude='mistok/data' --exclude=backups .
${own}
mv "$to/mistok.tar.part" "$to/mistok.tar"
ls -1d "\${BACKUPS:-${folder}/backups}"/*Z | head -n -"\${KEEP:-14}" | xargs -r rm -r
du -sh "$to"
`
}

/** `restore.sh`: puts a backup back on a machine where the stack has been installed anew and nothing has been linked. */
export function restoreScript(plan: StackPlan): string {
  const { kind, folder, postgres } = plan
  const parts = 'mistok mistok-bridge mistok-synapse'
  const docker = kind === 'docker'
  const psql = docker ? 'docker compose exec -T postgres psql -U postgres' : `runuser -u postgres -- psql -p ${postgres.port}`
  const load = docker ? 'docker compose exec -T postgres pg_restore -U postgres' : `runuser -u postgres -- pg_restore -p ${postgres.port}`
  const own = docker ? 'docker compose run --rm -T mistok node cli/main.ts restore -' : './mistokctl restore -'
  return `#!/usr/bin/env bash
# restore.sh <folder of a backup>: puts it back. The stack must be installed and hold nothing that is still needed: its databases are made anew.
set -euo pipefail
from=$(cd "\${1:?Name the folder of a backup}" && pwd)
cd ${folder}
read -r -p 'The databases of this stack are replaced by the backup. Go on? [yes/no] ' answer
[ "$answer" = yes ] || exit 1
${docker ? 'docker compose stop mistok bridge synapse' : `systemctl stop ${parts}`}
tar -xf "$from/files.tar"
for name in ${databaseNames.join(' ')}; do
  ${psql} -q -v ON_ERROR_STOP=1 -c "drop database if exists $name with (force)"
done
${psql} -q < <(sed -n '/^CREATE DATABASE/p; /^REVOKE/p' postgres/databases.sql)
while read -r role; do ${psql} -q -c "ALTER \${role#CREATE }"; done < <(sed -n '/^CREATE ROLE/p' postgres/databases.sql)
for name in ${others}; do ${load} --no-owner --role="$name" -d "$name" < "$from/$name.dump"; done
${own} < "$from/mistok.tar"
${docker ? 'docker compose up -d' : `systemctl start ${parts}`}
`
}
