import { GraphError, type Refusal } from './errors.ts'

type Json = { [key: string]: unknown }

export function objectIn(value: unknown, where: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new GraphError('missing_parameter', `${where} is required`)
  return value as Json
}

export function textIn(body: Json, key: string, where = key): string {
  const value = body[key]
  if (typeof value !== 'string' || value === '') throw new GraphError('missing_parameter', `${where} is required`)
  return value
}

function listIn(body: Json, key: string, where = key): unknown[] {
  const value = body[key]
  if (!Array.isArray(value)) throw new GraphError('missing_parameter', `${where} is required`)
  return value
}

function refuse(isWrong: boolean, details: string, as: Refusal = 'invalid_value'): void {
  if (isWrong) throw new GraphError(as, details)
}

const atMost = (text: unknown, length: number, what: string) =>
  refuse(typeof text === 'string' && text.length > length, `${what} is longer than ${length}`)

/** The limits of each type (protocol/meta.md 3.2). Throws GraphError for what Meta refuses at once. */
export const checks: Readonly<Record<string, (content: Json, message: Json) => void>> = {
  text: (text) => {
    textIn(text, 'body', 'text.body')
    atMost(text['body'], 4096, 'text.body')
  },
  image: (file) => checkFile(file, 'image'),
  video: (file) => checkFile(file, 'video'),
  document: (file) => checkFile(file, 'document'),
  sticker: (file) => {
    checkFile(file, 'sticker')
    refuse('caption' in file, 'a sticker has no caption')
  },
  audio: (file) => {
    checkFile(file, 'audio')
    refuse('caption' in file, 'audio has no caption', 'invalid_parameter')
  },
  location: (place) => {
    for (const [key, most] of [
      ['latitude', 90],
      ['longitude', 180],
    ] as const) {
      const value = Number(place[key])
      refuse(place[key] === undefined || Number.isNaN(value) || Math.abs(value) > most, `location.${key} is not valid`)
    }
  },
  reaction: (reaction, message) => {
    textIn(reaction, 'message_id', 'reaction.message_id')
    refuse(typeof reaction['emoji'] !== 'string', 'reaction.emoji is required', 'missing_parameter')
    refuse('context' in message, 'a reaction cannot be a reply')
  },
  interactive: (interactive) => checkInteractive(interactive),
}

/** Cards of people: a list rather than an object. */
export function checkContacts(cards: unknown): void {
  if (!Array.isArray(cards) || cards.length === 0) throw new GraphError('missing_parameter', 'contacts is required')
  for (const card of cards) textIn(objectIn(objectIn(card, 'contacts').name, 'contacts.name'), 'formatted_name')
}

function checkFile(file: Json, type: string): void {
  refuse(file['id'] === undefined && file['link'] === undefined, `${type}: id or link is required`, 'missing_parameter')
  refuse(file['id'] !== undefined && file['link'] !== undefined, `${type}: give id or link, not both`)
  atMost(file['caption'], 1024, `${type}.caption`)
}

function checkInteractive(interactive: Json): void {
  const type = textIn(interactive, 'type', 'interactive.type')
  const action = objectIn(interactive['action'], 'interactive.action')
  const body = textIn(objectIn(interactive['body'], 'interactive.body'), 'text', 'interactive.body.text')
  atMost(body, type === 'list' ? 4096 : 1024, 'interactive.body.text')
  if (interactive['footer'] !== undefined) atMost(textIn(objectIn(interactive['footer'], 'footer'), 'text'), 60, 'interactive.footer.text')
  switch (type) {
    case 'button':
      return checkButtons(listIn(action, 'buttons', 'action.buttons'))
    case 'list':
      return checkSections(action)
    case 'cta_url': {
      const parameters = objectIn(action['parameters'], 'action.parameters')
      atMost(textIn(parameters, 'display_text'), 20, 'display_text')
      return refuse(!/^https?:\/\//.test(textIn(parameters, 'url')), 'url is not valid')
    }
    case 'location_request_message':
      return refuse(action['name'] !== 'send_location', 'action.name must be send_location')
    default:
      throw new GraphError('invalid_parameter', `interactive.type ${type} is not known`)
  }
}

function checkButtons(buttons: unknown[]): void {
  refuse(buttons.length < 1 || buttons.length > 3, 'one to three buttons')
  const replies = buttons.map((button) => objectIn(objectIn(button, 'button').reply, 'button.reply'))
  for (const reply of replies) {
    atMost(textIn(reply, 'title', 'button title'), 20, 'button title')
    atMost(textIn(reply, 'id', 'button id'), 256, 'button id')
  }
  for (const key of ['title', 'id']) refuse(new Set(replies.map((reply) => reply[key])).size < replies.length, `every button ${key} once`)
}

function checkSections(action: Json): void {
  atMost(textIn(action, 'button', 'action.button'), 20, 'action.button')
  const sections = listIn(action, 'sections', 'action.sections').map((section) => objectIn(section, 'section'))
  refuse(sections.length < 1 || sections.length > 10, 'one to ten sections')
  refuse(sections.length > 1 && sections.some((section) => typeof section['title'] !== 'string'), 'every section needs a title')
  const rows = sections.flatMap((section) => listIn(section, 'rows', 'section.rows')).map((row) => objectIn(row, 'row'))
  refuse(rows.length > 10, 'at most ten rows')
  for (const row of rows) {
    atMost(textIn(row, 'title', 'row title'), 24, 'row title')
    atMost(textIn(row, 'id', 'row id'), 200, 'row id')
    atMost(row['description'], 72, 'row description')
  }
  refuse(new Set(rows.map((row) => row['id'])).size < rows.length, 'every row id once')
}
