import { randomBytes, randomInt } from 'node:crypto'
import { Refused, type Network } from './network.ts'

/** Why WhatsApp would not link: errors of its own, or `timeout` when the socket closed. */
export type PairFailure = 'timeout' | 'multidevice_not_enabled' | 'client_outdated' | 'pair_error' | 'passkey'

/** How a pairing ended: with a linked device, or with the error that WhatsApp gave. */
export type PairResult = { ok: true; device: string; phone: string } | { ok: false; code: PairFailure }

/** One linking under way, as WhatsApp's servers see it. QR codes are good only while they are the newest one shown. */
export type Pairing = {
  kind: 'qr' | 'code'
  /** Six payloads for a QR, one code for a phone number. */
  codes: string[]
  phone?: string
  done: Promise<PairResult>
  /** Which code is good now and for how many ms; undefined when all have run out. */
  current(): { index: number; left_ms: number } | undefined
  cancel(): void
}

export type Pairings = {
  startQr(): Pairing
  startCode(phone: string): Pairing
  /** A phone scans a QR or types a code. `fail` makes WhatsApp answer with that error instead. */
  scan(phone: string, what: { data: string } | { code: string }, fail?: PairFailure): { device: string }
  waiting(): { kind: 'qr' | 'code'; value: string; phone?: string }[]
}

/** How long each QR is good: 60 s, then five of 20 s; the socket closes after them (protocol/bridge.md 1.6). */
const lives = [60_000, 20_000, 20_000, 20_000, 20_000, 20_000]

const alphabet = '123456789ABCDEFGHJKLMNPQRSTVWXYZ'

/** The part of WhatsApp that links devices (protocol/bridge.md 1.5: payload and code shapes). */
export function createPairings(network: Network, timing: { clock(): number; scale: number }): Pairings {
  const open = new Map<Pairing, (result: PairResult) => void>()
  const base64 = (bytes: number) => randomBytes(bytes).toString('base64')

  function start(kind: 'qr' | 'code', codes: string[], phone?: string): Pairing {
    const startedAt = timing.clock()
    const { promise, resolve } = Promise.withResolvers<PairResult>()
    const closing = setTimeout(() => end({ ok: false, code: 'timeout' }), lives.reduce((sum, life) => sum + life, 0) * timing.scale)
    closing.unref()
    const end = (result: PairResult) => {
      clearTimeout(closing)
      open.delete(pairing)
      resolve(result)
    }
    const pairing: Pairing = {
      kind,
      codes,
      done: promise,
      current: () => place(timing.clock() - startedAt, kind === 'qr' ? lives.map((life) => life * timing.scale) : [Infinity]),
      cancel: () => end({ ok: false, code: 'timeout' }),
      ...(phone === undefined ? {} : { phone }),
    }
    open.set(pairing, end)
    return pairing
  }

  function find(what: { data: string } | { code: string }): Pairing {
    for (const pairing of open.keys()) {
      if ('data' in what && pairing.kind === 'qr') {
        const index = pairing.codes.indexOf(what.data.trim())
        if (index >= 0 && index === pairing.current()?.index) return pairing
        if (index >= 0) throw new Refused('data: this QR code is not the newest one, scan that')
      }
      const typed = 'code' in what ? what.code.toUpperCase().replaceAll(/[\s-]/g, '') : undefined
      if (pairing.kind === 'code' && pairing.codes[0]?.replace('-', '') === typed) return pairing
    }
    throw new Refused('data' in what ? 'data: no login is waiting for this QR code' : 'code: no login is waiting for this code')
  }

  return {
    startQr() {
      const secret = [base64(32), base64(32), base64(32)].join(',')
      const codes = Array.from({ length: 6 }, () => `https://wa.me/settings/linked_devices#2@${base64(90)},${secret},1`)
      return start('qr', codes)
    },
    startCode(phone) {
      const letters = Array.from({ length: 8 }, () => alphabet[randomInt(alphabet.length)]).join('')
      return start('code', [`${letters.slice(0, 4)}-${letters.slice(4)}`], phone)
    },
    scan(phone, what, fail) {
      const pairing = find(what)
      if (pairing.phone !== undefined && pairing.phone !== phone) throw new Refused(`code: this code was made for +${pairing.phone}`)
      const end = open.get(pairing)
      if (fail !== undefined) {
        end?.({ ok: false, code: fail })
        return { device: '' }
      }
      const device = network.link(phone)
      end?.({ ok: true, device: device.id, phone })
      return { device: device.id }
    },
    waiting: () =>
      [...open.keys()].map((pairing) => ({
        kind: pairing.kind,
        value: pairing.codes[pairing.current()?.index ?? 0] ?? '',
        ...(pairing.phone === undefined ? {} : { phone: pairing.phone }),
      })),
  }
}

function place(age: number, spans: number[]): { index: number; left_ms: number } | undefined {
  let end = 0
  for (const [index, span] of spans.entries()) {
    end += span
    if (age < end) return { index, left_ms: end - age }
  }
  return undefined
}
