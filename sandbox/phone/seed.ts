import { sampleText } from './seed-texts.ts'
import type { Network } from './network.ts'

/** The shop's own phone in the demo. */
export const demoPhone = '380671112233'

/** Puts three customers and two chats of history into an empty world; a second call changes nothing. */
export function seedWorld(network: Network): void {
  if (network.state.phones.has(demoPhone)) return
  const contacts = Object.fromEntries(sampleText.map((person) => [person.phone, person.name]))
  network.setPhone(demoPhone, { name: 'Крамниця «Місток»', contacts })
  for (const person of sampleText) {
    network.setPhone(person.phone, { name: person.name })
    for (const line of person.lines) {
      const mine = line.from === 'shop'
      const message = network.addHistory({
        from: mine ? demoPhone : person.phone,
        chat: { peer: mine ? person.phone : demoPhone },
        content: { type: 'text', text: line.text },
        sent_at: Date.now() - line.hours_ago * 3_600_000,
      })
      if (!mine) network.markHistoryRead(message, demoPhone)
    }
  }
}
