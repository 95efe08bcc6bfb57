import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Check } from '../../contract/settings.ts'
import { giveHistory, linkPhone, makeFirstAdmin, seeHistory } from './newcomer/linking.ts'
import { beginStory, type Story } from './newcomer/story.ts'
import { answerAndWatchTicks, exchangeFiles, hearHello, replyBothWays, talkInGroup, typeOnThePhone } from './newcomer/talking.ts'
import { agreeWithLedger, disconnect, hidePersonal, linkTeamNumber, shareTeamNumber } from './newcomer/team.ts'
import type { World } from './world.ts'

/** What a homeserver that was not prepared for us makes the checks say: everything else has to be in order. */
export interface Expected {
  readonly intake: 'push_and_sync' | 'sync'
  readonly warnings: readonly Pick<Check, 'id'>['id'][]
}

/** One thing that the newcomer does and sees. */
interface Step {
  readonly name: string
  run(story: Story): Promise<void>
}

/** The main job from nothing to the end, by the public API and the phones alone, in a world of its own. Each test needs the ones before it. */
export function tellNewcomer(name: string, open: () => Promise<World>, expected: Expected): void {
  describe(`a newcomer ${name}`, { timeout: 120_000 }, () => {
    let story: Story
    beforeAll(async () => {
      story = beginStory(await open())
    })
    afterAll(async () => {
      story?.stream?.close()
      await story?.world[Symbol.asyncDispose]()
    })
    // oxlint-disable-next-line vitest/expect-expect -- each step does
    for (const { name: deed, run } of stepsOf(expected)) test(deed, () => run(story))
  })
}

function stepsOf({ intake, warnings }: Expected): readonly Step[] {
  return [
    { name: 'the first admin is made with the set-up token, once', run: makeFirstAdmin },
    {
      name: '13.1 the homeserver and the bridge are entered, and the checks find them in order',
      run: async ({ admin, world }) => {
        const saved = await admin.call('saveMatrixSystemConfig', { body: world.settings })
        const faulty = saved.checks.filter(({ status }) => status !== 'ok' && status !== 'skipped')
        expect(faulty.map(({ id, status }) => `${id}: ${status}`)).toEqual(warnings.map((id) => `${id}: warning`))
        expect(saved).toMatchObject({ intake, has_admin_access_token: true, has_bridge_admin_secret: true })
        expect(JSON.stringify(saved)).not.toContain(world.settings.admin_password)
      },
    },
    {
      name: 'a QR is shown and changes by itself; the phone that scans the newest one is linked',
      run: async (story) => {
        await giveHistory(story)
        await linkPhone(story)
      },
    },
    { name: '13.14 the history arrives, in order, and nothing of it is unread', run: seeHistory },
    { name: '"hello" arrives, and the customer sees when it is read', run: hearHello },
    { name: '13.19 an answer goes out; its tick goes to sent, to delivered, to read', run: answerAndWatchTicks },
    { name: 'a picture, a document and a voice note go both ways, byte for byte', run: exchangeFiles },
    { name: 'a reply knows what it answers, both ways', run: replyBothWays },
    { name: '13.12 what is typed on the phone stands as our own', run: typeOnThePhone },
    { name: 'a group is talked with, both ways', run: talkInGroup },
    { name: 'a personal number is not there for a colleague', run: hidePersonal },
    { name: 'the number of the team is linked by a pairing code', run: linkTeamNumber },
    { name: 'the number of the team is there for everybody, and nothing else is', run: shareTeamNumber },
    { name: 'the phone is unlinked, and its history stays', run: disconnect },
    { name: 'WhatsApp and the inbox agree: nothing missing, nothing twice', run: agreeWithLedger },
  ]
}
