import type { BusinessForm, NoticeAbout, RareContent } from '../phone/types.ts'
import { BadRequest, listIn, numberIn, optionalNumber, optionalText, textIn, type Body } from './input.ts'

/** Types of message that a linked device shows in part only. */
export const rareTypes = [
  'live_location',
  'album',
  'group_invite',
  'business',
  'business_reply',
  'masked',
  'view_once',
  'notice',
  'event_invite',
  'ai',
  'undecryptable',
  'missing_media',
  'timer',
]

/** The rare content that a body describes, undefined if its type is none of these. */
export function rareContentIn(type: string, body: Body): RareContent | undefined {
  switch (type) {
    case 'live_location': {
      const caption = optionalText(body, 'text')
      return { type, ...(caption === undefined ? {} : { caption }) }
    }
    case 'album':
      return { type, images: optionalNumber(body, 'images') ?? 2, videos: optionalNumber(body, 'videos') ?? 0 }
    case 'group_invite':
      return { type, group_name: textIn(body, 'group_name'), code: optionalText(body, 'code') ?? 'AbCdEfGhIjKlMnOp' }
    case 'business':
      return {
        type,
        form: formIn(body),
        text: textIn(body, 'text'),
        buttons: body['buttons'] === undefined ? [] : listIn(body, 'buttons').map(String),
      }
    case 'business_reply':
      return { type, form: formIn(body), text: textIn(body, 'text'), id: optionalText(body, 'id') ?? '1' }
    case 'masked':
    case 'undecryptable':
      return { type }
    case 'view_once':
      return { type, shown: oneIn(body, 'shown', ['placeholder', 'notice']) }
    case 'notice':
      return { type, about: oneIn(body, 'about', notices) }
    case 'event_invite':
      return { type, name: textIn(body, 'name'), starts_at: timeIn(body, 'starts_at') }
    case 'ai':
      return { type, text: textIn(body, 'text') }
    case 'missing_media':
      return { type, media_type: mediaTypeIn(body) }
    case 'timer':
      return { type, ms: timerIn(body) }
    default:
      return undefined
  }
}

const notices: readonly NoticeAbout[] = ['pin', 'keep', 'history_share', 'security_code', 'media_failed', 'conversion_failed']

/** One of a few words; the first where none is given. */
function oneIn<T extends string>(body: Body, field: string, words: readonly T[]): T {
  const given = body[field] ?? words[0]
  const word = words.find((each) => each === given)
  if (word === undefined) throw new BadRequest(`${field}: one of ${words.join(', ')} is expected`)
  return word
}

function timeIn(body: Body, field: string): string {
  const time = textIn(body, field)
  if (Number.isNaN(Date.parse(time))) throw new BadRequest(`${field}: a time such as 2026-12-24T18:00:00Z is expected`)
  return new Date(time).toISOString()
}

const forms: readonly BusinessForm[] = ['template', 'buttons', 'interactive', 'list']

function formIn(body: Body): BusinessForm {
  const form = forms.find((each) => each === body['form'])
  if (form === undefined) throw new BadRequest(`form: one of ${forms.join(', ')} is expected`)
  return form
}

const mediaTypes = ['image', 'video', 'audio', 'document', 'sticker'] as const

function mediaTypeIn(body: Body): (typeof mediaTypes)[number] {
  const type = mediaTypes.find((each) => each === (body['media_type'] ?? 'image'))
  if (type === undefined) throw new BadRequest(`media_type: one of ${mediaTypes.join(', ')} is expected`)
  return type
}

function timerIn(body: Body): number {
  const ms = numberIn(body, 'ms')
  if (![0, 86_400_000, 604_800_000, 7_776_000_000].includes(ms))
    throw new BadRequest('ms: 0, a day, seven days or ninety days are expected')
  return ms
}
