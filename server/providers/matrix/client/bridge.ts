import type { HttpClient } from '../../../lib/http-client.ts'
import type { MatrixConfig } from '../config.ts'
import { type Fields, fields, filled, isFields, list, text, texts } from '../../../lib/fields.ts'

/** The bridge refused. `internal` is for logs, never for people. */
export class BridgeError extends Error {
  override readonly name = 'BridgeError'
  readonly status: number
  readonly errcode: string
  readonly internal: string | undefined
  readonly requestId: string | undefined
  constructor(
    status: number,
    errcode: string,
    message: string,
    more: { internal?: string | undefined; requestId?: string | undefined } = {},
  ) {
    super(message)
    this.status = status
    this.errcode = errcode
    this.internal = more.internal
    this.requestId = more.requestId
  }
}

/** What the bridge says of itself and of one user's numbers (protocol/bridge.md 1.3). */
export interface Whoami {
  readonly networkId: string | undefined
  readonly homeserver: string | undefined
  readonly bot: string | undefined
  readonly commandPrefix: string | undefined
  readonly flows: readonly string[]
  readonly logins: readonly { readonly id: string; readonly phone: string; readonly name: string; readonly state: Fields }[]
}

/** A step of a linking (protocol/bridge.md 1.5). */
export interface Step {
  readonly process: string
  readonly type: string
  readonly step: string
  /** Absent on bridges before 26.08. */
  readonly txn?: string
  readonly display?: { readonly type: string; readonly data: string }
  readonly field?: string
  readonly login?: string
}

export interface BridgeCall {
  readonly userId: string
  /** The user's own Matrix token: what counts where no shared secret is set. */
  readonly userToken?: string | undefined
  readonly signal?: AbortSignal
}

export interface Bridge {
  ready(): Promise<boolean>
  whoami(call: BridgeCall): Promise<Whoami>
  startLogin(call: BridgeCall, flow: string, again: string | undefined): Promise<Step>
  submit(call: BridgeCall, step: Step, input: Readonly<Record<string, string>>): Promise<Step>
  /** Held until the step changes. */
  wait(call: BridgeCall, step: Pick<Step, 'process' | 'step' | 'txn'>): Promise<Step>
  cancelLogin(call: BridgeCall, process: string): Promise<void>
  logout(call: BridgeCall, login: string): Promise<void>
  /** Finds or makes the room with somebody: a number, or a hidden id (protocol/bridge.md 1.8). */
  createDm(call: BridgeCall, login: string, identifier: string): Promise<DirectRoom>
}

/** A person of the bridge and the room with them. */
export interface DirectRoom {
  readonly room: string
  readonly ghost: string
  readonly name?: string
}

interface Deps {
  readonly config: Pick<MatrixConfig, 'bridgeUrl' | 'bridgeSecret'>
  readonly http: HttpClient
}

const startTimeoutMs = 90_000
const waitTimeoutMs = 120_000
const createTimeoutMs = 60_000

/** The provisioning API of mautrix bridges (protocol/bridge.md 1). Its answers count by `errcode`, never by status. */
export function createBridge({ config, http }: Deps): Bridge {
  const base = (config.bridgeUrl ?? '').replace(/\/+$/, '')

  async function call(
    method: 'GET' | 'POST',
    place: string,
    caller: BridgeCall,
    more: { query?: Record<string, string>; body?: object; timeoutMs?: number; held?: boolean } = {},
  ) {
    if (base === '') throw new BridgeError(0, 'NO_BRIDGE_URL', 'No address of the bridge is set')
    const query = new URLSearchParams({ user_id: caller.userId, ...more.query })
    const response = await http.request({
      method,
      url: `${base}/_matrix/provision/v3/${place}?${query.toString()}`,
      headers: {
        authorization: `Bearer ${config.bridgeSecret ?? caller.userToken ?? ''}`,
        ...(more.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(more.body === undefined ? {} : { body: JSON.stringify(more.body) }),
      ...(more.timeoutMs === undefined ? {} : { timeoutMs: more.timeoutMs }),
      ...(more.held === true ? { held: true } : {}),
      ...(caller.signal === undefined ? {} : { signal: caller.signal }),
    })
    const answer = await response.json().catch(() => undefined)
    if (response.status >= 200 && response.status < 300 && isFields(answer)) return answer
    const error = fields(answer)
    throw new BridgeError(
      response.status,
      filled(error['errcode']) ?? 'NOT_A_BRIDGE',
      filled(error['error'])?.slice(0, 512) ?? `HTTP ${response.status}`,
      {
        internal: filled(error['fi.mau.internal_error']),
        requestId: response.headers['request-id'],
      },
    )
  }

  const stepPlace = (step: Pick<Step, 'process' | 'step'>, type: string) =>
    `login/step/${encodeURIComponent(step.process)}/${encodeURIComponent(step.step)}/${type}`
  const txnOf = (step: Pick<Step, 'txn'>) => (step.txn === undefined ? {} : { query: { txn_id: step.txn } })

  return {
    async ready() {
      const response = await http.request({ method: 'GET', url: `${base}/_matrix/mau/ready`, timeoutMs: 10_000 })
      await response.discard()
      return response.status === 200
    },
    whoami: async (caller) => readWhoami(await call('GET', 'whoami', caller)),
    async startLogin(caller, flow, again) {
      const query = again === undefined ? {} : { query: { login_id: again } }
      return readStep(
        await call('POST', `login/start/${encodeURIComponent(flow)}`, caller, { ...query, timeoutMs: startTimeoutMs, held: true }),
      )
    },
    async submit(caller, step, input) {
      return readStep(
        await call('POST', stepPlace(step, 'user_input'), caller, { ...txnOf(step), body: input, timeoutMs: startTimeoutMs, held: true }),
      )
    },
    async wait(caller, step) {
      return readStep(
        await call('POST', stepPlace(step, 'display_and_wait'), caller, { ...txnOf(step), timeoutMs: waitTimeoutMs, held: true }),
      )
    },
    async cancelLogin(caller, process) {
      await call('POST', `login/cancel/${encodeURIComponent(process)}`, caller)
    },
    async logout(caller, login) {
      await call('POST', `logout/${encodeURIComponent(login)}`, caller, { timeoutMs: startTimeoutMs })
    },
    async createDm(caller, login, identifier) {
      const more = { query: { login_id: login }, timeoutMs: createTimeoutMs }
      const answer = await call('POST', `create_dm/${encodeURIComponent(identifier)}`, caller, more)
      const [room, ghost, name] = [filled(answer['dm_room_mxid']), filled(answer['mxid']), filled(answer['name'])]
      if (room === undefined || ghost === undefined) throw new BridgeError(200, 'NOT_A_ROOM', 'The bridge answered without naming the room')
      return { room, ghost, ...(name === undefined ? {} : { name }) }
    },
  }
}

function readStep(answer: Fields): Step {
  const display = fields(answer['display_and_wait'])
  const process = filled(answer['login_id'])
  const type = filled(answer['type'])
  if (type === undefined || (process === undefined && type !== 'complete'))
    throw new BridgeError(200, 'NOT_A_STEP', 'The bridge answered with something that is no step')
  const txn = filled(answer['txn_id'])
  const data = text(display['data'])
  const field = filled(fields(list(fields(answer['user_input'])['fields'])[0])['id'])
  const login = filled(fields(answer['complete'])['user_login_id'])
  return {
    process: process ?? '',
    type,
    step: filled(answer['step_id']) ?? '',
    ...(txn === undefined ? {} : { txn }),
    ...(data === undefined ? {} : { display: { type: filled(display['type']) ?? '', data } }),
    ...(field === undefined ? {} : { field }),
    ...(login === undefined ? {} : { login }),
  }
}

function readWhoami(answer: Fields): Whoami {
  return {
    networkId: filled(fields(answer['network'])['network_id']),
    homeserver: filled(answer['homeserver']),
    bot: filled(answer['bridge_bot']),
    commandPrefix: filled(answer['command_prefix']),
    flows: texts(list(answer['login_flows']).map((flow) => fields(flow)['id'])),
    logins: list(answer['logins']).flatMap((item) => {
      const login = fields(item)
      const id = filled(login['id'])
      if (id === undefined) return []
      const profile = fields(login['profile'])
      const phone = filled(profile['phone']) ?? `+${id}`
      return [{ id, phone, name: filled(profile['name']) ?? filled(login['name']) ?? phone, state: fields(login['state']) }]
    }),
  }
}
