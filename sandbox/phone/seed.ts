import { addHistoryOf } from './messages.ts'
import { setPhone, type Network } from './network.ts'
import { people } from './seed-texts.ts'

/** The shop's own phone in the demo. */
const demoPhone = '380671112233'

/** Puts three customers and two chats of history into an empty world; a second call changes nothing. */
export function seedWorld(network: Network): void {
  if (network.state.phones.has(demoPhone)) return
  const contacts = Object.fromEntries(people.map((person) => [person.phone, person.name]))
  setPhone(network, demoPhone, { name: 'Крамниця «Місток»', contacts })
  for (const person of people) {
    setPhone(network, person.phone, { name: person.name })
    for (const line of person.lines) {
      const [from, peer] = line.from === 'shop' ? [demoPhone, person.phone] : [person.phone, demoPhone]
      const sentAt = network.clock() - line.hours_ago * 3_600_000
      addHistoryOf(network, demoPhone, { from, chat: { peer }, content: { type: 'text', text: line.text }, sent_at: sentAt, read: true })
    }
  }
}
