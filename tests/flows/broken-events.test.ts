import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ExternalId } from '../../contract/ids.ts'
import { channel, openInbound } from '../../server/inbox/fixtures/inbound.ts'
import { drain } from '../../server/inbox/ingest.ts'
import { createKeep } from '../../server/inbox/intake.ts'
import type { Provider } from '../../server/providers/provider.ts'
import { factKeys, parse } from '../../server/providers/matrix/reading/parse.ts'
import { after, bridgeInfo, config, directState, event, inspected, me } from '../../server/providers/matrix/testing.ts'
import { anyEvent } from '../support/any-event.ts'
import { noNumbers } from '../support/fake-provider.ts'

/** More with MISTOK_FUZZ_BATCHES. */
const batches = Number(process.env['MISTOK_FUZZ_BATCHES'] ?? 40)
const quiet = '!quiet:x.org'

const provider: Provider = {
  name: 'matrix',
  numbers: noNumbers,
  intake: { factKeys: (batch, known) => factKeys(config, batch, known), parse: (batch, facts) => parse(config, batch, facts) },
  connect: () => {
    throw new Error('nothing is sent here')
  },
  run: () => Promise.reject(new Error('no task runs here')),
}

/** The state of a chat of the number that the database has. */
function stateOf(remote: string) {
  return directState.map((each) => (each.type === 'm.bridge' ? bridgeInfo({ id: remote, 'fi.mau.receiver': channel }) : each))
}

test('broken events are stored, put aside or passed over; what stands beside them is always there', { timeout: 600_000 }, async () => {
  await using inbound = await openInbound()
  const { db, deps } = inbound
  const login = { [`login:${channel}`]: { account: me, since: 0 }, [`account:${me}`]: { logins: [channel] } }
  const known = after(login, inspected(stateOf('111222333444@lid')), inspected(stateOf('555666777888@lid'), quiet))
  const facts = [...known].map(([key, value]) => ({ provider: 'matrix', key, value: JSON.stringify(value) }))
  await db.insertInto('facts').values(facts).execute()
  const keep = createKeep({ db, clock: deps.clock, wake: () => {} })
  const whole: string[] = []
  for (const [index, broken] of fc.sample(fc.array(anyEvent, { minLength: 20, maxLength: 20 }), batches).entries()) {
    const sender = '@whatsapp_380670001122:x.org'
    const [before, behind] = [`$before${index}`, `$after${index}`].map((id) =>
      event({ msgtype: 'm.text', body: id }, { event_id: id, sender, room_id: quiet }),
    )
    whole.push(`$before${index}`, `$after${index}`)
    await keep('matrix', { stream: 'push', key: `b${index}`, body: JSON.stringify({ events: [before, ...broken, behind] }) })
    while (await drain(deps, provider));
  }
  const stored = await db
    .selectFrom('messages')
    .select('external_id')
    .where('external_id', 'in', whole as ExternalId[])
    .execute()
  expect(stored).toHaveLength(whole.length)
  expect(await db.selectFrom('inbound_batches').select('id').where('done_at', 'is', null).execute()).toEqual([])
})
