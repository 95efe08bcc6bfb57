/** The names of everything in the measured world, by number from 1, so that the generator and SQL agree without a word. */
export const serverName = 'bench.test'
export const botUserId = `@whatsappbot:${serverName}`

const digits = (n: number, length: number) => String(n).padStart(length, '0')

/** A linked number. */
export const channelOf = (n: number) => `chn_${digits(n, 32)}`
/** Our row of the Matrix account that number `n` is linked under. */
export const accountIdOf = (n: number) => `acc_${digits(n, 32)}`

/** Chat `n` is one customer's, in one room. */
export const roomOf = (n: number) => `!chat${n}:${serverName}`
export const conversationOf = (n: number) => `cnv_${digits(n, 32)}`
export const contactOf = (n: number) => `con_${digits(n, 32)}`
const customerOf = (n: number) => `38067${digits(n, 7)}`
export const ghostOf = (n: number) => `@whatsapp_${customerOf(n)}:${serverName}`
