import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { AppError } from './errors.ts'

/** Hashes passwords with argon2id and bounds how many are hashed at once (`safety.md` S3). */
export interface Passwords {
  /** The password as a PHC string. Throws rate_limited when too many wait. */
  hash(password: string): Promise<string>
  /** Null stands for nobody's password: as slow as a real one, and never right. `outdated` asks for a new hash of the same password. */
  verify(password: string, stored: string | null): Promise<{ readonly right: boolean; readonly outdated: boolean }>
}

/** The cost of one hash: OWASP's minimum for argon2id. `memory` is in KiB. */
export interface PasswordCost {
  readonly memory: number
  readonly passes: number
}
const owaspMinimum: PasswordCost = { memory: 19_456, passes: 2 }
const tagBytes = 32

/** At most `parallel` hashes run and `waiting` wait, so that a flood of sign-ins takes neither the memory nor the day. */
export function createPasswords({ parallel = 4, waiting = 64, cost = owaspMinimum } = {}): Passwords {
  const turn = createTurns(parallel, waiting)
  const nobody = format({ ...cost, salt: randomBytes(16), tag: randomBytes(tagBytes) })
  return {
    hash: (password) =>
      turn(async () => {
        const salt = randomBytes(16)
        return format({ ...cost, salt, tag: await derive(password, salt, cost, tagBytes) })
      }),
    verify: (password, stored) =>
      turn(async () => {
        const known = parse(stored ?? nobody)
        const tag = await derive(password, known.salt, known, known.tag.length)
        const right = timingSafeEqual(tag, known.tag) && stored !== null
        return { right, outdated: right && (known.memory !== cost.memory || known.passes !== cost.passes) }
      }),
  }
}

interface Stored extends PasswordCost {
  readonly salt: Buffer
  readonly tag: Buffer
}

function format({ memory, passes, salt, tag }: Stored): string {
  return `$argon2id$v=19$m=${memory},t=${passes},p=1$${unpadded(salt)}$${unpadded(tag)}`
}

function parse(phc: string): Stored {
  const [, memory, passes, salt, tag] = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(phc) ?? []
  if (salt === undefined || tag === undefined) throw new Error('A stored password hash cannot be read.')
  return { memory: Number(memory), passes: Number(passes), salt: Buffer.from(salt, 'base64'), tag: Buffer.from(tag, 'base64') }
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}

function derive(password: string, nonce: Buffer, cost: PasswordCost, tagLength: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  argon2('argon2id', { message: password, nonce, parallelism: 1, tagLength, memory: cost.memory, passes: cost.passes }, (error, tag) =>
    error === null ? resolve(tag) : reject(error),
  )
  return promise
}

function createTurns(parallel: number, waiting: number) {
  const queue: (() => void)[] = []
  let running = 0
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= parallel) {
      if (queue.length >= waiting)
        throw new AppError('rate_limited', 'Too many people sign in at once. Try again in a few seconds.', { retryAfter: 5 })
      await new Promise<void>((resolve) => queue.push(resolve))
    } else running += 1
    try {
      return await work()
    } finally {
      const next = queue.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
