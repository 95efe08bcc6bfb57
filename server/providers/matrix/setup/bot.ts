import type { Check } from '../../../../contract/settings.ts'
import { messageOf } from '../../../lib/errors.ts'
import { BotRefuses, BotSilent, createBotChats, type Speaker } from '../linking/bot-chat.ts'
import { bodyOf, isAnswer, readVersion } from '../linking/bot-words.ts'
import { matrixDefaults } from '../config.ts'
import type { Fields } from '../../../lib/fields.ts'
import { passed, type Probe, refused, skipped } from './checks.ts'

/** Whether phones can be linked in the chat with the bridge's bot; tried as `speaker`, where there is somebody to speak as. */
export async function checkBotChat(probe: Probe, bot: string, speaker: Speaker | undefined): Promise<Check> {
  const id = 'bridge_bot_chat'
  if (speaker === undefined) return skipped(id, `Whether ${bot} answers is seen when the first phone is linked in the chat with it.`)
  const config = { botUserId: bot, commandPrefix: matrixDefaults.commandPrefix }
  const { homeserver, clock, signal } = probe
  try {
    const chat = await createBotChats({ config, homeserver, clock }).open(speaker, signal)
    const answered = (since: readonly Fields[]) => since.find((event) => isAnswer(event, bot))
    const { answer } = await chat.ask('version', answered, signal)
    const found = readVersion(answer)
    if (found?.legacy === true) {
      return refused(
        'bridge_version',
        `This bridge is mautrix-whatsapp ${found.version}.`,
        'It is older than v0.11: update it to v26.06 or newer.',
      )
    }
    const version = found === undefined ? bodyOf(answer).slice(0, 100) : `mautrix-whatsapp ${found.version}`
    return passed(id, `Phones are linked in the chat with ${bot}, which answers: ${version}.`)
  } catch (error) {
    if (error instanceof BotRefuses) {
      return refused(
        'bridge_permissions',
        `${bot} does not talk with ${speaker.userId}, so people of its server cannot link phones.`,
        'Give the server the permission `user` under bridge.permissions in the bridge’s config.yaml.',
      )
    }
    if (error instanceof BotSilent) {
      return refused(
        id,
        `The bridge’s bot ${bot} does not answer.`,
        'See that the bridge runs, is loaded into the homeserver, and that its bot has this name.',
      )
    }
    return skipped(id, `Whether ${bot} answers is unknown: ${messageOf(error)}`)
  }
}
