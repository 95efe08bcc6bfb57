import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ExternalId, MediaId, UserId } from '../../../contract/ids.ts'
import { claimJobs } from '../../db/jobs.ts'
import { presentConversations } from '../../db/read/conversations.ts'
import { getReadyMedia } from '../../db/read/media.ts'
import { newId } from '../../lib/clock.ts'
import { openMediaFiles } from '../../lib/media-files.ts'
import type { Connection, InboundEvent, Picture } from '../../providers/provider.ts'
import { at, channel, channelId, customer, type Inbound, message, openInbound, room } from '../fixtures/inbound.ts'
import type { Line } from '../channels/connections.ts'
import { createFetchPicture } from './pictures.ts'

const viewer = { id: 'usr_1' as UserId, isAdmin: true, channels: [channelId] }
const stranger = { ...viewer, channels: [] }
const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3])
const chat = (picture: Picture, kind: 'direct' | 'group' = 'direct'): InboundEvent => {
  const base = { type: 'conversation' as const, channel, conversation: room, at: at(0), kind, name: 'Chat' }
  return kind === 'group' ? { ...base, picture } : { ...base, contact: { ...customer, picture } }
}

/** Fetches every picture that is asked for, from a network that has these bytes. */
async function fetchAll({ db, deps }: Inbound, bytes: Uint8Array): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'mistok-pictures-'))
  const files = openMediaFiles({ directory, maxBytes: 1e6 })
  const connection = {
    fetchMedia: async () =>
      (async function* () {
        yield bytes
      })(),
  } as unknown as Connection
  const run = createFetchPicture({ db, clock: deps.clock, newId, files, findLine: async () => ({ connection }) as Line })
  const now = new Date(deps.clock())
  for (const job of await claimJobs(db, { token: 't', limit: 50, now, leaseUntil: new Date(now.getTime() + 60_000) })) {
    await run(job, new AbortController().signal)
  }
  rmSync(directory, { recursive: true, force: true })
}

async function shown({ db }: Inbound): Promise<MediaId | undefined> {
  const { id } = await db.selectFrom('conversations').select('id').executeTakeFirstOrThrow()
  const url = (await presentConversations(db, viewer, [id])).get(id)?.avatar_url
  return url?.split('/').at(-1) as MediaId | undefined
}

test.each(['direct', 'group'] as const)('the picture of a %s chat is fetched once and shown to whoever sees the chat', async (kind) => {
  await using inbound = await openInbound()
  const { db } = inbound
  await inbound.take({ items: [chat({ url: 'mxc://x/1' }, kind)] })
  expect(await shown(inbound)).toBeUndefined()
  await inbound.take({ items: [chat({ url: 'mxc://x/1' }, kind)] })
  expect(await db.selectFrom('jobs').select('kind').execute()).toEqual([{ kind: 'picture' }])
  await fetchAll(inbound, jpeg)
  const first = await shown(inbound)
  expect(await getReadyMedia(db, viewer, first!)).toMatchObject({ mimeType: 'image/jpeg', sizeBytes: 7 })
  await expect(getReadyMedia(db, stranger, first!)).rejects.toThrow('no such file')
  const told = await db.selectFrom('events').select('type').execute()
  expect(told.map((event) => event.type)).toContain('conversation.updated')

  await inbound.take({ items: [chat({ url: 'mxc://x/2' }, kind)] })
  await fetchAll(inbound, jpeg)
  const second = await shown(inbound)
  expect(second).not.toBe(first)
  await expect(getReadyMedia(db, viewer, first!)).rejects.toThrow('no such file')
  await inbound.take({ items: [chat(null, kind)] })
  expect(await shown(inbound)).toBeUndefined()
})

test('what is no picture is not shown, and who is only in a group has none here', async () => {
  await using inbound = await openInbound()
  const { db } = inbound
  await inbound.take({ items: [chat({ url: 'mxc://x/1' })] })
  await fetchAll(inbound, Buffer.from('<svg onload="alert(1)">'))
  expect(await shown(inbound)).toBeUndefined()
  const person = { id: '@whatsapp_2:x' as ExternalId, isUs: false, phone: '+380670000002', picture: { url: 'mxc://x/9' } }
  await inbound.take({ items: [{ type: 'member', channel, conversation: room, at: at(1), person, joined: true }] })
  const pictures = async () =>
    (await db.selectFrom('media').select('ref').orderBy('created_at').orderBy('id').execute()).map((row) => row.ref)
  expect(await pictures()).toEqual([{ url: 'mxc://x/1' }])
  await inbound.take({ items: [message(2, { sender: person })] })
  expect(await pictures()).toEqual([{ url: 'mxc://x/1' }, { url: 'mxc://x/9' }])
})
