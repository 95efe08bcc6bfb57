import { randomBytes, randomInt } from 'node:crypto'
import { linkDevice } from './linking.ts'
import { Refused, type Network } from './network.ts'

/** Why WhatsApp would not link: errors of its own, or `timeout` when the socket closed. */
export type PairFailure = 'timeout' | 'multidevice_not_enabled' | 'client_outdated' | 'pair_error'

/** What became of a pairing: a linked device, the demand for a passkey, or an error. */
export type PairResult = { ok: true; device: string; phone: string } | { ok: 'passkey' } | { ok: false; code: PairFailure }

/** One linking under way, as WhatsApp's servers see it. A QR code is good only while it is the newest one shown. */
export type Pairing = {
  kind: 'qr' | 'code'
  /** Six payloads for a QR, one code for a phone number. */
  codes: string[]
  phone?: string
  /** Resolves with the next thing that WhatsApp says. */
  result: () => Promise<PairResult>
  /** Which code is good now and for how many ms; undefined when all have run out. */
  current: () => { index: number; left_ms: number } | undefined
  /** The answer to the demand for a passkey. */
  answerPasskey: (good: boolean) => void
  cancel: () => void
}

/** How a phone scans: as it should, with an error from WhatsApp, or so that WhatsApp asks for a passkey first. */
export type Outcome = 'ok' | 'passkey' | PairFailure

/** The part of WhatsApp that links devices. */
export type Pairings = {
  startQr: () => Pairing
  startCode: (phone: string) => Pairing
  /** A phone scans a QR or types a code. Throws Refused for one that no login waits for. */
  scan: (phone: string, what: { data: string } | { code: string }, outcome: Outcome) => void
  waiting: () => { kind: 'qr' | 'code'; value: string; phone?: string }[]
}

/** How long each QR is good: 60 s, then five of 20 s; the socket closes after them (protocol/bridge.md 1.6). */
const lives = [60_000, 20_000, 20_000, 20_000, 20_000, 20_000]

const alphabet = '123456789ABCDEFGHJKLMNPQRSTVWXYZ'

/** Payload and code shapes are those of protocol/bridge.md 1.5. */
export function createPairings(network: Network, timing: { clock: () => number; scale: number }): Pairings {
  const open = new Map<Pairing, (by: string, outcome: Outcome) => void>()
  const base64 = (bytes: number) => randomBytes(bytes).toString('base64')

  function start(kind: 'qr' | 'code', codes: string[], phone?: string): Pairing {
    const startedAt = timing.clock()
    const spans = kind === 'qr' ? lives.map((life) => life * timing.scale) : [Infinity]
    let scannedBy: string | undefined
    let said = Promise.withResolvers<PairResult>()
    const pairing: Pairing = {
      kind,
      codes,
      ...(phone === undefined ? {} : { phone }),
      result: () => said.promise,
      current: () => placeAt(timing.clock() - startedAt, spans),
      cancel: () => say({ ok: false, code: 'timeout' }),
      answerPasskey(good) {
        said = Promise.withResolvers()
        if (good && scannedBy !== undefined) say({ ok: true, device: linkDevice(network, scannedBy).id, phone: scannedBy })
        else say({ ok: false, code: 'pair_error' })
      },
    }
    const say = (result: PairResult) => {
      clearTimeout(closing)
      open.delete(pairing)
      said.resolve(result)
    }
    const closing = setTimeout(pairing.cancel, lives.reduce((sum, life) => sum + life, 0) * timing.scale)
    closing.unref()
    open.set(pairing, (by, outcome) => {
      scannedBy = by
      if (outcome === 'ok') say({ ok: true, device: linkDevice(network, by).id, phone: by })
      else say(outcome === 'passkey' ? { ok: 'passkey' } : { ok: false, code: outcome })
    })
    return pairing
  }

  return {
    startQr() {
      const secret = [base64(32), base64(32), base64(32)].join(',')
      return start(
        'qr',
        Array.from({ length: 6 }, () => `https://wa.me/settings/linked_devices#2@${base64(90)},${secret},1`),
      )
    },
    startCode(phone) {
      const letters = Array.from({ length: 8 }, () => alphabet[randomInt(alphabet.length)]).join('')
      return start('code', [`${letters.slice(0, 4)}-${letters.slice(4)}`], phone)
    },
    scan(phone, what, outcome) {
      const pairing = findPairing([...open.keys()], what)
      if (pairing.phone !== undefined && pairing.phone !== phone) throw new Refused(`code: this code was made for +${pairing.phone}`)
      open.get(pairing)?.(phone, outcome)
    },
    waiting: () =>
      [...open.keys()].map((pairing) => ({
        kind: pairing.kind,
        value: pairing.codes[pairing.current()?.index ?? 0] ?? '',
        ...(pairing.phone === undefined ? {} : { phone: pairing.phone }),
      })),
  }
}

function findPairing(open: Pairing[], what: { data: string } | { code: string }): Pairing {
  for (const pairing of open) {
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

function placeAt(age: number, spans: number[]): { index: number; left_ms: number } | undefined {
  let end = 0
  for (const [index, span] of spans.entries()) {
    end += span
    if (age < end) return { index, left_ms: end - age }
  }
  return undefined
}
