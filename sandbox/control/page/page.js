// The page of the imitated phones: asks the control API every second and shows what it says.

const api = '/sandbox/v1'
const find = (id) => document.getElementById(id)
const state = { phone: localStorage.getItem('phone'), chat: null, shown: '', world: null }

async function call(method, path, body) {
  const init = body === undefined ? { method } : { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await fetch(api + path, init)
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.error)
  return answer
}

function say(text) {
  find('status').textContent = text
}

/** Runs what a button does, and says what came of it. */
function act(done, work) {
  const all = async () => {
    await work()
    say(done)
    await refresh()
  }
  all().catch((error) => say(error.message))
}

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties)
  made.append(...children.filter((child) => child !== null && child !== undefined))
  return made
}

function nameOf(phone) {
  const known = state.world.phones.find((each) => each.phone === phone)
  return known?.name ? `${known.name} ${phone}` : phone
}

function showPhones() {
  const { phones } = state.world
  if (!phones.some((each) => each.phone === state.phone)) state.phone = phones[0]?.phone ?? null
  const select = find('phone')
  const wanted = phones.map((each) => each.phone).join()
  if (select.dataset.of !== wanted) {
    select.replaceChildren(...phones.map((each) => element('option', { value: each.phone, textContent: nameOf(each.phone) })))
    select.dataset.of = wanted
  }
  select.value = state.phone ?? ''
  find('offline').checked = phones.find((each) => each.phone === state.phone)?.online === false
}

/** Whom one may want to write to: numbers that are linked, and those at Meta. */
function showNumbers() {
  const numbers = [...state.world.linked, ...state.world.at_meta].map((each) => each.phone)
  const list = find('numbers')
  if (list.dataset.of === numbers.join()) return
  list.dataset.of = numbers.join()
  list.replaceChildren(...[...new Set(numbers)].map((phone) => element('option', { value: phone, label: nameOf(phone) })))
}

function showLinks() {
  const linked = state.world.linked.filter((each) => each.phone === state.phone)
  const running = state.world.bridge_running ? '' : ' The bridge is not running.'
  find('linked').textContent = (linked.length === 0 ? 'This phone is linked to nothing.' : 'This phone is linked.') + running
  find('unlink').hidden = linked.length === 0
  const key = JSON.stringify([state.phone, state.world.waiting])
  const list = find('waiting')
  if (list.dataset.of === key) return
  list.dataset.of = key
  const offers = state.world.waiting.filter((each) => each.phone === undefined || each.phone === state.phone)
  list.replaceChildren(
    ...offers.map((each) => {
      const text = each.kind === 'qr' ? `Scan the QR code that waits, as ${state.phone}` : `Type the code ${each.value} on ${state.phone}`
      return element('li', {}, element('button', { className: 'main', textContent: text, onclick: () => scan(each.kind, each.value) }))
    }),
  )
}

function scan(kind, value) {
  act(`${state.phone} is being linked.`, () =>
    call('POST', `/phones/${state.phone}/scan`, kind === 'qr' ? { data: value } : { code: value }),
  )
}

const titleOf = (chat, messages) => messages.find((each) => each.group === chat)?.group_name ?? nameOf(chat)

function showChats(messages) {
  const chats = Map.groupBy(messages, (each) => each.chat)
  const rows = [...chats].reverse().map(([chat, all]) => {
    const unread = all.filter((each) => each.from !== state.phone && each.status !== 'read').length
    const button = element(
      'button',
      { onclick: () => open(chat) },
      titleOf(chat, all),
      unread > 0 ? element('strong', { textContent: `${unread} new` }) : null,
    )
    button.setAttribute('aria-current', String(chat === state.chat))
    return element('li', {}, button)
  })
  const key = JSON.stringify([state.chat, rows.map((row) => row.textContent)])
  if (find('chats').dataset.of === key) return
  find('chats').dataset.of = key
  find('chats').replaceChildren(...rows)
}

const ticks = { sent: '✓ sent', delivered: '✓✓ delivered', read: '✓✓ read' }

function describe(message) {
  if (message.revoked) return 'This message was deleted'
  if (message.type === 'location')
    return `Location ${message.location.latitude}, ${message.location.longitude} ${message.location.name ?? ''}`
  if (message.type === 'contacts') return message.contacts.map((each) => `${each.name} ${each.phone}`).join('\n')
  if (message.type === 'poll') return [message.question, ...message.options.map((each) => `• ${each}`)].join('\n')
  const kind = message.type === 'text' || isDrawn(message) ? '' : `[${message.type}${message.file_name ? ` ${message.file_name}` : ''}] `
  return kind + (message.text ?? '')
}

const isDrawn = (message) => ['image', 'sticker'].includes(message.type) && message.media !== undefined

async function picture(message) {
  const response = await fetch(message.media.url)
  const type = message.media.mime_type
  const image = element('img', {
    src: URL.createObjectURL(new Blob([await response.arrayBuffer()], { type })),
    alt: message.text ?? 'Picture',
  })
  await image.decode().catch(() => undefined)
  return image
}

function timeOf(iso) {
  const time = new Date(iso)
  const day = time.toDateString() === new Date().toDateString() ? {} : { day: 'numeric', month: 'short' }
  return time.toLocaleString([], { ...day, hour: '2-digit', minute: '2-digit' })
}

async function line(message) {
  const own = message.from === state.phone
  const drawn = isDrawn(message) ? await picture(message) : null
  const reactions = (message.reactions ?? []).map((each) => each.emoji).join(' ')
  const about = [
    own ? 'you' : nameOf(message.from),
    timeOf(message.sent_at),
    message.edited ? 'edited' : '',
    own ? ticks[message.status] : '',
    reactions,
  ]
  return element(
    'li',
    { className: own ? 'own' : '' },
    drawn,
    describe(message),
    element('small', { textContent: about.filter(Boolean).join(' · ') }),
  )
}

async function showMessages(messages) {
  const mine = messages.filter((each) => each.chat === state.chat)
  const key = JSON.stringify(mine)
  if (state.shown === key) return
  state.shown = key
  find('chat-title').textContent = state.chat === null ? 'No chat is open' : titleOf(state.chat, mine)
  const list = find('messages')
  list.replaceChildren(...(await Promise.all(mine.map(line))))
  list.scrollTop = list.scrollHeight
}

async function readOpen(messages) {
  const unread = messages.some((each) => each.chat === state.chat && each.from !== state.phone && each.status !== 'read')
  if (!unread || !find('auto-read').checked || document.hidden) return
  const body = state.chat.startsWith('+') ? { with: state.chat } : { group: state.chat }
  await call('POST', `/phones/${state.phone}/read`, body)
}

async function refresh() {
  state.world = await call('GET', '/state')
  showPhones()
  showLinks()
  showNumbers()
  if (state.phone === null) return
  const { items } = await call('GET', `/phones/${state.phone}/messages?all=true`)
  showChats(items)
  await showMessages(items)
  await readOpen(items)
}

function open(chat) {
  state.chat = chat
  const { to } = find('write').elements
  to.value = chat
  find('chat-title').focus()
  act('', async () => {})
}

find('phone').addEventListener('change', (event) => {
  state.phone = event.target.value
  localStorage.setItem('phone', state.phone)
  state.chat = null
  act('', async () => {})
})

find('offline').addEventListener('change', (event) => {
  const offline = event.target.checked
  act(offline ? 'The phone is off.' : 'The phone is on.', () => call('POST', `/phones/${state.phone}/offline`, { offline }))
})

find('unlink').addEventListener('click', () =>
  act('The phone is not linked any more.', () => call('POST', `/phones/${state.phone}/unlink`)),
)

find('add').addEventListener('submit', (event) => {
  event.preventDefault()
  const form = event.target
  const { phone, name } = Object.fromEntries(new FormData(form))
  act('The phone is there.', async () => {
    const added = await call('POST', `/phones/${encodeURIComponent(phone)}`, name === '' ? {} : { name })
    state.phone = `+${added.phone}`
    state.chat = null
    form.reset()
  })
})

find('scan').addEventListener('submit', (event) => {
  event.preventDefault()
  const value = new FormData(event.target).get('value').trim()
  event.target.reset()
  scan(value.length > 12 ? 'qr' : 'code', value)
})

find('write').addEventListener('submit', (event) => {
  event.preventDefault()
  const form = event.target
  const { to, type, text } = Object.fromEntries(new FormData(form))
  const place = type === 'location' ? { latitude: 50.45003, longitude: 30.52414, name: 'Майдан Незалежності' } : {}
  const where = to.endsWith('@g.us') ? { group: to } : { to }
  act('Sent.', async () => {
    const sent = await call('POST', `/phones/${state.phone}/messages`, { ...where, type, ...(text === '' ? {} : { text }), ...place })
    state.chat = sent.group ?? sent.to
    form.elements.text.value = ''
  })
})

async function follow() {
  await refresh().catch((error) => say(error.message))
  setTimeout(() => void follow(), 1000)
}
await follow()
