import { startWorld } from './testing.ts'

/** A sandbox in a process of its own, for tests that kill it: linked to the shop's phone, it tells its addresses. */
const [dataDir = ''] = process.argv.slice(2)
const world = await startWorld({ dataDir, timeScale: 1 })
const { body } = await world.provision('GET', '/logins')
if (JSON.stringify(body) === '{"login_ids":[]}') {
  await world.link('380671112233')
  await world.control('POST', '/phones/380501234567/messages', { to: '380671112233', text: 'first' })
}
process.send?.({ control: world.sandbox.controlUrl, homeserver: world.sandbox.homeserverUrl })
