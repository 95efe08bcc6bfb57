import type { StackPlan } from './plan.ts'

/**
 * `Caddyfile`: the page for browsers, and of the homeserver what other Matrix clients need (Element as a second window), under one name.
 * What only the parts say to one another is not let out: the admin API, metrics, and the application service.
 */
export function proxyConfig({ domain, tls, mistok, homeserver }: StackPlan): string {
  const wellKnown = JSON.stringify({ 'm.homeserver': { base_url: `https://${domain}` } })
  return `${domain} {
${tls === 'internal' ? '\t# A certificate of our own making: browsers ask once. Meta does not accept it; for the Cloud API remove this line.\n\ttls internal\n' : ''}\tencode zstd gzip
\trequest_body {
\t\tmax_size 110MB
\t}
\theader Strict-Transport-Security "max-age=31536000"

\thandle /.well-known/matrix/client {
\t\theader Access-Control-Allow-Origin "*"
\t\theader Content-Type application/json
\t\trespond ${quoted(wellKnown)}
\t}
\thandle /_matrix/app/* {
\t\trespond 404
\t}
\thandle /_matrix/client/* {
\t\treverse_proxy ${hostOf(homeserver.url)}
\t}
\thandle /_matrix/media/* {
\t\treverse_proxy ${hostOf(homeserver.url)}
\t}
\thandle /metrics {
\t\trespond 404
\t}
\thandle {
\t\treverse_proxy ${hostOf(mistok.url)} {
\t\t\t# The stream of events goes out piece by piece.
\t\t\tflush_interval -1
\t\t}
\t}
}
`
}

function hostOf(url: string): string {
  return new URL(url).host
}

function quoted(text: string): string {
  return `\`${text}\``
}
