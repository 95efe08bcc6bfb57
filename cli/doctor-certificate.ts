import { connect } from 'node:tls'
import type { Check } from '../contract/settings.ts'
import { messageOf } from '../server/lib/errors.ts'

/** Whoever renews certificates by themselves does so a month before. */
const soonMs = 14 * 24 * 3_600_000
const patienceMs = 10_000

/** How long the certificate at an address is good; nothing for one that is not https. */
export async function checkCertificate(id: string, address: string, now: number): Promise<readonly Check[]> {
  const { protocol, hostname, port } = new URL(address)
  if (protocol !== 'https:') return []
  try {
    const until = await readEnd(hostname, Number(port || 443))
    const day = until.toISOString().slice(0, 10)
    const fix = 'Renew it; a proxy such as Caddy does so by itself if ports 80 and 443 are reachable.'
    if (until.getTime() <= now)
      return [{ id, status: 'error', detail: `The certificate of ${hostname} ended on ${day}: nobody reaches it any more.`, fix }]
    if (until.getTime() - now < soonMs)
      return [{ id, status: 'warning', detail: `The certificate of ${hostname} ends on ${day}: from then on nobody reaches it.`, fix }]
    return [{ id, status: 'ok', detail: `The certificate of ${hostname} is good until ${day}.` }]
  } catch (error) {
    const fix = 'See that the address is right and answers over https.'
    return [{ id, status: 'warning', detail: `The certificate of ${hostname} cannot be seen: ${messageOf(error)}`, fix }]
  }
}

/** Until when it is good, whoever made it: whether it is trusted is for whoever connects. */
function readEnd(host: string, port: number): Promise<Date> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, servername: host, rejectUnauthorized: false, timeout: patienceMs }, () => {
      resolve(new Date(socket.getPeerCertificate().valid_to))
      socket.destroy()
    })
    socket.on('timeout', () => socket.destroy(new Error('no answer in time')))
    socket.on('error', reject)
  })
}
