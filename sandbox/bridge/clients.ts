import type { Chat } from '../phone/types.ts'
import type { Bridge } from './bridge.ts'
import { pause } from './homeserver.ts'
import type { Login } from './store.ts'
import type { ToMatrix } from './to-matrix.ts'

/** The connections of the logins to WhatsApp. */
export type Clients = {
  /** Connects every login that can be connected; at the start of the bridge. */
  start(): void
  connect(login: Login): void
  disconnect(loginId: string): void
  /** Ends a login. `unlink` removes the device from the phone as well (protocol/bridge.md 1.7). */
  remove(login: Login, reason: string | undefined, unlink: boolean): void
  close(): void
}

export function createClients(bridge: Bridge, toMatrix: ToMatrix): Clients {
  const { store, states, config } = bridge
  const { network } = bridge.whatsapp
  const open = new Map<string, () => void>()

  function connect(login: Login) {
    open.get(login.id)?.()
    const device = network.state.devices.get(login.device)
    if (device === undefined || device.gone !== undefined) return gone(login, 'wa-logged-out')
    states.set(login, { state_event: 'CONNECTING' })
    const close = network.connect(login.device, {
      handle: (event) => (event.kind === 'history' ? backfill(login, event.up_to_seq) : toMatrix.handle(login, event)),
      pass(event) {
        if (event.kind === 'gone') gone(login, event.reason)
        else toMatrix.pass(login, event).catch((error: unknown) => bridge.log(`typing not bridged: ${String(error)}`))
      },
    })
    open.set(login.id, close)
    states.set(login, { state_event: 'CONNECTED' })
  }

  function gone(login: Login, error: string) {
    disconnect(login.id)
    const current = store.logins.get(login.id)
    if (current === undefined || current.device !== login.device) return
    store.commit({ t: 'login', login: { ...current, error } })
    states.set(current, { state_event: 'BAD_CREDENTIALS', error })
  }

  function disconnect(loginId: string) {
    open.get(loginId)?.()
    open.delete(loginId)
  }

  /** History as WhatsApp gives it once after linking: newest chats first, each in order, as normal events (protocol/bridge.md 8.1). */
  async function backfill(login: Login, upToSeq: number) {
    if (!config.backfill.enabled) return
    await pause(config.backfill.dispatchWaitMs ?? 0, bridge.closing)
    const last = (chat: Chat) => network.messagesOf(login.id, chat).at(-1)?.sent_at ?? 0
    const chats = network.chatsOf(login.id).sort((a, b) => last(b) - last(a))
    for (const chat of chats) {
      const messages = network.messagesOf(login.id, chat).filter((message) => message.seq <= upToSeq)
      for (const message of messages.slice(-config.backfill.maxInitialMessages)) await toMatrix.bring(login, message)
      const read = messages.findLast((message) => message.from !== login.id && network.state.receipts.get(message.id)?.get(login.id)?.status === 'read')
      if (read !== undefined) await toMatrix.markRead(login, chat, read.id)
    }
  }

  return {
    connect,
    disconnect,
    start() {
      const logins = [...store.logins.values()]
      if (logins.length === 0) states.setGlobal({ state_event: 'UNCONFIGURED' })
      for (const login of logins) {
        if (login.error === undefined) connect(login)
        else states.set(login, { state_event: 'BAD_CREDENTIALS', error: login.error })
      }
    },
    remove(login, reason, unlink) {
      disconnect(login.id)
      store.commit({ t: 'login_gone', id: login.id })
      if (unlink) network.unlink(login.device, 'wa-logged-out')
      states.set(login, { state_event: 'LOGGED_OUT', ...(reason === undefined ? {} : { reason }) })
    },
    close() {
      for (const close of open.values()) close()
      open.clear()
    },
  }
}
