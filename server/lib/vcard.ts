import type { ContactCard } from '../../contract/content.ts'

/** A file that is longer is no contact card (RFC 6350), or carries a picture that we do not need. */
export const longestVcard = 256 * 1024

const mostCards = 64
const mostPhones = 16

/** Whether a file of this MIME type is contact cards. */
export function isVcard(mimeType: string): boolean {
  return /^text\/(?:x-)?(?:vcard|directory)\b/i.test(mimeType)
}

/**
 * The people of a vCard file (2.1, 3.0, 4.0): names and phones. WhatsApp writes the number itself as `waid` beside the phone as it was typed.
 * Empty for what is no vCard, or names nobody.
 */
export function readVcards(text: string): readonly ContactCard[] {
  const cards: ContactCard[] = []
  let lines: Line[] | undefined
  for (const line of unfolded(text)) {
    if (line.name === 'BEGIN' && isCard(line)) lines = []
    else if (line.name === 'END' && isCard(line)) {
      const card = lines === undefined ? undefined : cardOf(lines)
      if (card !== undefined) cards.push(card)
      lines = undefined
      if (cards.length >= mostCards) break
    } else lines?.push(line)
  }
  return cards
}

interface Line {
  readonly name: string
  readonly parameters: string
  readonly value: string
}

const isCard = (line: Line) => line.value.trim().toUpperCase() === 'VCARD'

// A long line goes on in the next one behind a space; in 2.1, where its octets are quoted, behind an equals sign.
function unfolded(text: string): readonly Line[] {
  const raw = text.replace(/\r\n?/g, '\n').replace(/\n[ \t]/g, '')
  const whole = raw.replace(/^([^:\n]*QUOTED-PRINTABLE[^:\n]*:(?:.*=\n)*.*)$/gim, (line) => line.replaceAll('=\n', ''))
  return whole.split('\n').flatMap((line) => {
    const [, name = '', parameters = '', value = ''] = /^(?:[A-Za-z0-9-]+\.)?([A-Za-z-]+)((?:;(?:[^":;]|"[^"]*")*)*):(.*)$/.exec(line) ?? []
    return name === '' ? [] : [{ name: name.toUpperCase(), parameters, value: plain(value, parameters) }]
  })
}

function plain(value: string, parameters: string): string {
  if (!/QUOTED-PRINTABLE/i.test(parameters)) return value
  const bytes = value.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

function cardOf(lines: readonly Line[]): ContactCard | undefined {
  const valueOf = (name: string) => lines.find((line) => line.name === name && line.value.trim() !== '')?.value
  const phones = lines
    .filter((line) => line.name === 'TEL')
    .map(phoneOf)
    .filter((phone) => phone !== '')
  const name = words(valueOf('FN') ?? nameOf(valueOf('N')) ?? valueOf('ORG') ?? phones[0] ?? '')
  return name === '' ? undefined : { name: name.slice(0, 256), phones: [...new Set(phones)].slice(0, mostPhones) }
}

function phoneOf({ parameters, value }: Line): string {
  const waid = /;waid=(\d{5,20})(?:;|$)/i.exec(parameters)?.[1]
  return waid === undefined ? words(value.replace(/^tel:/i, '')).slice(0, 32) : `+${waid}`
}

// Family name, given name, further names.
function nameOf(value: string | undefined): string | undefined {
  const [family = '', given = '', further = ''] = value?.split(/(?<!\\);/) ?? []
  const name = [given, further, family].filter((part) => part !== '').join(' ')
  return name === '' ? undefined : name
}

function words(value: string): string {
  return value
    .replace(/\\n/gi, ' ')
    .replace(/\\([,;\\])/g, '$1')
    .replace(/\p{Cc}/gu, ' ')
    .trim()
}
