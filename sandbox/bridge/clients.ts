import { chatsOf, messagesOf } from '../phone/chats.ts'
import { connectDevice, unlinkDevice } from '../phone/linking.ts'
import { phoneOf } from '../phone/network.ts'
import { statusOf } from '../phone/receipts.ts'
import type { Chat, PassingEvent } from '../phone/types.ts'
import type { Bridge } from './bridge.ts'
import { pause } from './homeserver.ts'
import { troubleOf } from './states.ts'
import type { Login } from './store.ts'
import { bringMessage, bringOwnRead, bringTyping, handleDeviceEvent } from './to-matrix.ts'

/** The connections of the logins to WhatsApp. */
export type Clients = {
  /** Connects every login that can be connected; at the start of the bridge. */
  start: () => void
  connect: (login: Login) => void
  disconnect: (loginId: string) => void
  /** Ends a login. `unlink` removes the device from the phone as well (protocol/bridge.md 1.7). */
  remove: (login: Login, reason: string | undefined, unlink: boolean) => void
  close: () => void
}

export function createClients(bridge: Bridge): Clients {
  const { store, states } = bridge
  const { network } = bridge.whatsapp
  const open = new Map<string, () => void>()

  function connect(login: Login): void {
    disconnect(login.id)
    const device = network.state.devices.get(login.device)
    if (device === undefined || device.gone !== undefined) return lose(login, device?.gone ?? 'wa-not-logged-in')
    states.set(login, { state_event: 'CONNECTING' })
    meet(login, phoneOf(network, login.id).trouble)
  }

  /** Opens or closes the connection as the trouble of the account has it, and says so. */
  function meet(login: Login, error: string | undefined): void {
    disconnect(login.id)
    const trouble = error === undefined ? undefined : troubleOf(error)
    const { error: before, ...plain } = store.logins.get(login.id) ?? login
    const now: Login = trouble?.report.state_event === 'BAD_CREDENTIALS' && error !== undefined ? { ...plain, error } : plain
    if (now.error !== before) store.commit({ t: 'login', login: now })
    open.set(login.id, trouble?.stops === true ? listenOnly(now) : listen(now))
    if (trouble === undefined) states.set(now, { state_event: 'CONNECTED' })
    else states.set(now, { error: error ?? '', ...trouble.report })
  }

  function listen(login: Login): () => void {
    return connectDevice(network, login.device, {
      handle: (event) => (event.kind === 'history' ? backfill(bridge, login, event.up_to_seq) : handleDeviceEvent(bridge, login, event)),
      pass: (event) => pass(login, event),
    })
  }

  /** In trouble: nothing is taken from the queue, but the end of the trouble is heard of. */
  function listenOnly(login: Login): () => void {
    return connectDevice(network, login.device, {
      handle: () => Promise.reject(new Error('not connected')),
      pass: (event) => (event.kind === 'typing' ? undefined : pass(login, event)),
    })
  }

  function pass(login: Login, event: PassingEvent): void {
    if (event.kind === 'gone') lose(login, event.reason)
    else if (event.kind === 'trouble') meet(login, event.error)
    else bringTyping(bridge, login, event).catch((error: unknown) => bridge.log(`typing not bridged: ${String(error)}`))
  }

  function lose(login: Login, error: string): void {
    disconnect(login.id)
    const current = store.logins.get(login.id)
    if (current === undefined || current.device !== login.device) return
    store.commit({ t: 'login', login: { ...current, error } })
    states.set(current, { state_event: 'BAD_CREDENTIALS', error })
  }

  function disconnect(loginId: string): void {
    open.get(loginId)?.()
    open.delete(loginId)
  }

  return {
    connect,
    disconnect,
    start() {
      if (store.logins.size === 0) states.setGlobal({ state_event: 'UNCONFIGURED' })
      for (const login of Array.from(store.logins.values())) connect(login)
    },
    remove(login, reason, unlink) {
      disconnect(login.id)
      store.commit({ t: 'login_gone', id: login.id })
      if (unlink) unlinkDevice(network, login.device, 'wa-logged-out')
      states.set(login, { state_event: 'LOGGED_OUT', ...(reason === undefined ? {} : { reason }) })
    },
    close() {
      for (const close of open.values()) close()
      open.clear()
    },
  }
}

/** History as WhatsApp gives it once after linking: newest chats first, each in order, as normal events (protocol/bridge.md 8.1). */
async function backfill(bridge: Bridge, login: Login, upToSeq: number): Promise<void> {
  const { config } = bridge
  const { network } = bridge.whatsapp
  if (!config.backfill.enabled) return
  await pause(config.backfill.dispatchWaitMs ?? 0, bridge.closing)
  const last = (chat: Chat) => messagesOf(network, login.id, chat).at(-1)?.sent_at ?? 0
  const chats = chatsOf(network, login.id).sort((a, b) => last(b) - last(a))
  for (const chat of chats) {
    const messages = messagesOf(network, login.id, chat).filter((message) => message.seq <= upToSeq)
    for (const message of messages.slice(-config.backfill.maxInitialMessages)) await bringMessage(bridge, login, message)
    const read = messages.findLast((message) => message.from !== login.id && statusOf(network, message, login.id) === 'read')
    if (read !== undefined) await bringOwnRead(bridge, login, chat, read.id)
  }
}
