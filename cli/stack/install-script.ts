import type { StackPlan } from './plan.ts'
import { systemUsers, unitFiles } from './systemd.ts'

/** The oldest PostgreSQL that Mistok is tried with (the seed's own requirement). */
const oldestPostgres = 16
/** The bridge that is installed on the machine itself, and the Synapse; `mistok doctor` says when one is too old. */
const versions = { bridge: 'v0.2609.0', synapse: '1.163.2' } as const

/**
 * `install.sh`: makes a Debian or Ubuntu machine what the units need. It may be run again: what is there is left as it is, so it is also how a
 * half-done installation is completed.
 */
export function installScript(plan: StackPlan): string {
  return [begin(plan), accounts(plan), synapse, bridge, services(plan)].join('\n')
}

function begin({ folder }: StackPlan): string {
  return `#!/usr/bin/env bash
# Installs what ${folder} describes: packages, users, databases, Synapse, the bridge, services. As root, on Debian 13 or Ubuntu 24.04 and newer.
# It may be run again. With --from-source the bridge is built here instead of fetched (needs Go 1.26 and a C compiler).
set -euo pipefail
cd ${folder}
say() { printf '\\n== %s\\n' "$1"; }
[ "$(id -u)" -eq 0 ] || { echo 'Run this as root.' >&2; exit 1; }

say 'Packages'
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends postgresql python3-venv ffmpeg caddy curl jq ca-certificates >/dev/null
`
}

function accounts({ folder, postgres }: StackPlan): string {
  const users = Object.values(systemUsers).join(' ')
  return `say 'Users and folders'
for user in ${users}; do
  id "$user" >/dev/null 2>&1 || useradd --system --home-dir ${folder} --no-create-home --shell /usr/sbin/nologin "$user"
done
install -d -m 755 ${folder}
install -d -o ${systemUsers.mistok} -g ${systemUsers.mistok} -m 700 mistok mistok/data
install -d -o ${systemUsers.synapse} -g ${systemUsers.synapse} -m 700 synapse synapse/media
install -d -o ${systemUsers.bridge} -g ${systemUsers.bridge} -m 700 bridge
chown -R ${systemUsers.mistok}: mistok
chown -R ${systemUsers.synapse}: synapse
chown -R ${systemUsers.bridge}: bridge
# Mistok's settings page looks at these files, and at nothing else of the two.
chgrp ${systemUsers.mistok} synapse bridge synapse/{homeserver,mistok,mistok-double-puppet,whatsapp}.yaml bridge/config.yaml
chmod 710 synapse bridge
chmod 640 synapse/{homeserver,mistok,mistok-double-puppet,whatsapp}.yaml bridge/config.yaml

say 'Databases'
systemctl enable -q --now postgresql
version=$(runuser -u postgres -- psql -p ${postgres.port} -tAc "select current_setting('server_version_num')::int / 10000")
if [ "$version" -lt ${oldestPostgres} ]; then
  echo "This is PostgreSQL $version, and ${oldestPostgres} or newer is needed: see https://www.postgresql.org/download/linux/debian/" >&2
  exit 1
fi
if ! runuser -u postgres -- psql -p ${postgres.port} -tAc "select from pg_roles where rolname = 'mistok'" | grep -q .; then
  runuser -u postgres -- psql -p ${postgres.port} -v ON_ERROR_STOP=1 -q < postgres/databases.sql
fi
`
}

const synapse = `say 'Synapse ${versions.synapse}'
if [ ! -x synapse/venv/bin/python ] || ! synapse/venv/bin/pip show -q matrix-synapse 2>/dev/null; then
  /usr/bin/python3 -m venv synapse/venv
  synapse/venv/bin/pip install -q --disable-pip-version-check 'matrix-synapse==${versions.synapse}' psycopg2-binary
  chown -R ${systemUsers.synapse}: synapse/venv
fi
`

const bridge = `say 'Bridge ${versions.bridge}'
bridge_from_source() {
  CGO_ENABLED=1 GOBIN="$PWD/bridge" go install -tags goolm go.mau.fi/mautrix-whatsapp/cmd/mautrix-whatsapp@${versions.bridge}
}
bridge_release() {
  local arch name asset
  case "$(uname -m)" in x86_64) arch=amd64 ;; aarch64) arch=arm64 ;; *) echo "No release for $(uname -m): run with --from-source." >&2; return 1 ;; esac
  name="mautrix-whatsapp-$arch"
  # The digest comes from the release's description, the file from its own place: what was damaged on the way is not run.
  asset=$(curl -fsSL https://api.github.com/repos/mautrix/whatsapp/releases/tags/${versions.bridge} | jq -er --arg name "$name" '.assets[] | select(.name == $name)')
  curl -fsSL -o bridge/new "$(jq -er .browser_download_url <<<"$asset")"
  printf '%s  bridge/new\\n' "$(jq -er '.digest | ltrimstr("sha256:")' <<<"$asset")" | sha256sum --check --quiet
  mv bridge/new bridge/mautrix-whatsapp
}
if [ ! -x bridge/mautrix-whatsapp ]; then
  if [ "\${1:-}" = --from-source ]; then bridge_from_source; else bridge_release; fi
  chmod 755 bridge/mautrix-whatsapp
fi
`

function services(plan: StackPlan): string {
  const { folder, checkout } = plan
  const units = Object.keys(unitFiles(plan)).map((name) => `units/${name}`)
  return `say 'Mistok'
node ${checkout}/scripts/build.mjs
runuser -u ${systemUsers.mistok} -- test -r ${checkout}/cli/main.ts || { echo 'The user mistok cannot read ${checkout}. Put the checkout where it can, such as /opt/mistok-src, and write the stack anew.' >&2; exit 1; }

say 'Services'
install -m 644 -t /etc/systemd/system ${units.join(' ')}
install -m 644 Caddyfile /etc/caddy/Caddyfile
systemctl daemon-reload
systemctl enable -q --now mistok-synapse mistok-bridge mistok mistok-backup.timer
systemctl reload-or-restart caddy

say 'Ready'
sed -n 's/^MISTOK_PUBLIC_URL=/Open /p; s/^MISTOK_ADMIN_EMAIL=/Sign in as /p; s/^MISTOK_ADMIN_PASSWORD=/with the password /p' mistok/environment
echo 'See that all is well: ${folder}/mistokctl doctor'
`
}
