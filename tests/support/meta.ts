import type { Call } from '../../contract/api.ts'
import type { Channel } from '../../contract/channel.ts'
import type { Sandbox } from '../../sandbox/index.ts'
import type { Person } from './api-client.ts'

/** Meta's pages, as an operator uses them, and the clock of the imitated Meta. */
export interface Meta {
  /** What is copied from there into our settings. */
  readonly settings: Call<'saveWhatsappConfig'>['body']
  readonly appSecret: string
  /** The numbers of the account, with `+`. */
  readonly numbers: readonly { readonly id: string; readonly phone: string }[]
  /** Enters the callback URL; throws where it does not prove itself. */
  enterWebhook(url: string, verifyToken: string): Promise<void>
  setToken(state: 'valid' | 'expired' | 'revoked'): void
  advance(ms: number): void
  review(template: string, status: string): void
  changeUserId(phone: string, userId: string): void
  /** Whether a number is in the WhatsApp Business app too, on a phone of its own. */
  setApp(phone: string, on: boolean): void
  /** What we have asked for of that app, in order. */
  asked(phone: string): readonly string[]
  /** Tells what that app knows, as Meta does once. */
  sync(phone: string, what: 'history' | 'contacts'): void
  /** Deliveries that we have not taken. */
  waiting(): number
}

export function openMeta({ graph }: Pick<Sandbox, 'graph'>): Meta {
  const { business_account_id, access_token, app_secret } = graph.secrets
  return {
    settings: { business_account_id, access_token, app_secret },
    appSecret: app_secret,
    numbers: graph.numbers,
    enterWebhook: graph.setWebhook,
    setToken: graph.setToken,
    advance: graph.advance,
    review: graph.review,
    changeUserId: graph.changeUserId,
    setApp: (phone, on) => graph.setApp(phone.slice(1), on),
    sync: (phone, what) => void graph.sync(phone.slice(1), what),
    asked: (phone) => graph.asked(phone.slice(1)),
    waiting: graph.waiting,
  }
}

/** Enters the account in our settings and the webhook at Meta, as an operator does; gives the channel of the account's first number. */
export async function connectMeta(admin: Person, meta: Meta): Promise<Channel> {
  const saved = await admin.call('saveWhatsappConfig', { body: meta.settings })
  await meta.enterWebhook(saved.callback_url, saved.verify_token)
  const found = (await admin.call('listChannels')).items.find(({ phone }) => phone === meta.numbers[0]?.phone)
  if (found === undefined) throw new Error('the first number of the account is no channel')
  return found
}
