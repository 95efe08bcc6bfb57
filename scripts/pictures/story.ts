import { setTimeout as sleep } from 'node:timers/promises'
import type { APIRequestContext } from 'playwright-core'

/** Where the story is told: the server as somebody who is signed in, and the sandbox's phones. */
interface Stage {
  readonly api: APIRequestContext
  readonly origin: string
  readonly phones: string
  readonly language: 'en' | 'uk'
}

const ours = '+380671234567'

/** A day of a small shop for paints: who writes, and what. The last one's chat is the one that is opened. */
const stories = {
  en: {
    shop: 'Sales',
    others: [
      ['+441632960101', 'Oliver Grant', 'Thank you, it came this morning!'],
      ['+441632960102', 'Amelia Hart', 'Could you send the invoice once more?'],
      ['+441632960103', 'Noah Bell', 'Do you deliver on Saturdays?'],
      ['+441632960104', 'Isla Reed', '👍'],
    ],
    customer: ['+441632960105', 'Emma Clarke'],
    labels: ['Payment', 'Wholesale'],
    talk: [
      ['in', 'Good morning! Do you have the green paint, five litres?'],
      ['out', 'Good morning, Emma! Yes, three tins are left. *Forest* or *Olive*?'],
      ['in', 'Olive, please. Two of them, and a wide brush'],
      ['out', 'That is 2 × 24.50 and 6.80 for the brush. Pick-up or delivery?'],
      ['note', 'Regular customer: 5 % off, as last time'],
      ['in', 'Delivery, to the same address as last time 🙂'],
      ['out', 'Done, it will be with you tomorrow before noon.'],
    ],
  },
  uk: {
    shop: 'Продажі',
    others: [
      ['+380501110101', 'Іван Ткач', 'Дякую, сьогодні отримав!'],
      ['+380501110102', 'Марія Савчук', 'Надішліть, будь ласка, рахунок ще раз'],
      ['+380501110103', 'Петро Гнатюк', 'А в суботу доставляєте?'],
      ['+380501110104', 'Софія Левченко', '👍'],
    ],
    customer: ['+380501110105', 'Олена Коваль'],
    labels: ['Оплата', 'Гурт'],
    talk: [
      ['in', 'Доброго ранку! Чи є зелена фарба, п’ять літрів?'],
      ['out', 'Доброго ранку, Олено! Так, лишилося три банки. *Лісова* чи *Оливкова*?'],
      ['in', 'Оливкова, будь ласка. Дві, і широкий пензель'],
      ['out', 'Разом 2 × 980 і 240 за пензель. Самовивіз чи доставка?'],
      ['note', 'Постійна клієнтка: 5 % знижки, як минулого разу'],
      ['in', 'Доставка, на ту саму адресу 🙂'],
      ['out', 'Готово, завтра до обіду буде у вас.'],
    ],
  },
} as const

/** Links the shop's phone, lets the customers write and answers the last one; gives the conversation to look at. */
export async function tellStory({ api, origin, phones, language }: Stage): Promise<string> {
  const story = stories[language]
  const call = async <T>(method: string, path: string, data?: object): Promise<T> => {
    const headers = { origin, 'idempotency-key': crypto.randomUUID() }
    const answer = await api.fetch(`/api/v1${path}`, { method, headers, ...(data === undefined ? {} : { data }) })
    if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${await answer.text()}`)
    return (await answer.json().catch(() => ({}))) as T
  }
  const phone = async (number: string, deed: string, body: object) => {
    const answer = await fetch(`${phones}/phones/${encodeURIComponent(number)}${deed}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`${number}${deed}: ${answer.status} ${await answer.text()}`)
  }
  await phone(ours, '', { name: story.shop })
  const login = await call<{ qr?: { data: string } }>('POST', '/integrations/matrix/users/me/connect-whatsapp', {
    name: story.shop,
    access: 'shared',
  })
  await phone(ours, '/scan', { data: login.qr?.data })
  for (const [number, name, text] of story.others) {
    await phone(number, '', { name })
    await phone(number, '/messages', { to: ours, type: 'text', text })
  }
  const [customer, name] = story.customer
  await phone(customer, '', { name })
  const find = () => findChat(() => call('GET', '/communications/conversations'), name)
  let chat = ''
  for (const [who, text] of story.talk) {
    if (who === 'in') await phone(customer, '/messages', { to: ours, type: 'text', text })
    chat = await find()
    if (who === 'out') await call('POST', `/communications/conversations/${chat}/messages`, { text })
    if (who === 'note') await call('POST', `/communications/conversations/${chat}/notes`, { text })
    await sleep(1_500)
  }
  await phone(customer, '/read', { with: ours })
  const me = await call<{ id: string }>('GET', '/auth/me')
  await call('PATCH', `/communications/conversations/${chat}`, { assignee_id: me.id, labels: [story.labels[0]] })
  await sleep(1_500)
  return chat
}

async function findChat(list: () => Promise<{ items: { id: string; name: string }[] }>, name: string): Promise<string> {
  for (let n = 0; n < 100; n += 1) {
    const found = (await list()).items.find((one) => one.name === name)
    if (found !== undefined) return found.id
    await sleep(200)
  }
  throw new Error(`${name} did not come in`)
}
