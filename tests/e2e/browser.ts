import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { openGuard } from './guard.ts'
import { findChromium, need } from './requirements.ts'
import { waitFor } from './wait.ts'
import { findPorts } from '../support/ports.ts'

/** What `npm start` has printed, and the way to end it. */
export interface Demo extends AsyncDisposable {
  readonly url: string
  readonly email: string
  readonly password: string
  /** Uses a phone of the sandbox: `/sandbox/v1/phones/{phone}{deed}`; throws unless it is accepted. */
  phone(phone: string, deed: string, body: object): Promise<void>
  /** Stops all of it, and starts it again with the same data and at the same address. */
  restart(meanwhile: () => Promise<void>): Promise<void>
  /** Something else of the sandbox: `/sandbox/v1{path}`. */
  make<Answer>(path: string, body: object): Promise<Answer>
  /** What this phone has received. */
  received(phone: string): Promise<readonly { readonly type: string; readonly text?: string; readonly status: string }[]>
}

const flags =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync --use-fake-device-for-media-stream'

/** Debian's Chromium; throws with words how to get it where it is missing. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: need(findChromium()), args: flags.split(' ') })
}

/** Starts what `npm start` starts, on free ports and a data directory of its own, and waits until it has said how to sign in. */
export async function startDemo(): Promise<Demo> {
  const folder = mkdtempSync(join(tmpdir(), 'mistok-page-'))
  const guard = openGuard(folder)
  const { NODE_ENV: _, ...inherited } = process.env
  const port = await findPorts(6)
  const env = { ...inherited, MISTOK_DATA_DIR: folder, MISTOK_PORT: String(port), MISTOK_SANDBOX_PORT: String(port + 1) }
  let running = await launch(env, guard).catch(async (error: unknown) => {
    await clean()
    throw error
  })

  async function clean(): Promise<void> {
    await guard.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return {
    url: running.word('Mistok \\(demo\\)'),
    email: running.word('E-mail'),
    password: running.word('Password'),
    ...phones(running.word('Phones')),
    async restart(meanwhile) {
      await running.stop()
      await meanwhile()
      running = await launch(env, guard)
    },
    async [Symbol.asyncDispose]() {
      await running.stop()
      await clean()
    },
  }
}

/** Starts the processes; `word` is what they have printed behind a name. */
async function launch(env: NodeJS.ProcessEnv, guard: ReturnType<typeof openGuard>) {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../scripts/start.mjs')], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  guard.watch([child.pid])
  const gone = once(child, 'exit')
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (said += String(part)))
  const word = (name: string) => new RegExp(`^ *${name} +(\\S+)$`, 'm').exec(said)?.[1] ?? ''
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    await gone
  }
  const isUp = () => {
    if (child.exitCode !== null) throw new Error(`The demo ended:\n${said}`)
    return word('Phones') !== ''
  }
  try {
    await waitFor(isUp, { what: 'the demo to say how to sign in', timeout: 120_000 })
    return { word, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function phones(sandbox: string): Pick<Demo, 'phone' | 'received' | 'make'> {
  const address = (phone: string, deed: string) => `${sandbox}/sandbox/v1/phones/${encodeURIComponent(phone)}${deed}`
  const post = async (url: string, body: object): Promise<unknown> => {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
    return response.json()
  }
  return {
    async phone(phone, deed, body) {
      await post(address(phone, deed), body)
    },
    async make<Answer>(path: string, body: object) {
      return (await post(`${sandbox}/sandbox/v1${path}`, body)) as Answer
    },
    async received(phone) {
      const { items } = (await (await fetch(address(phone, '/messages'))).json()) as { items: Awaited<ReturnType<Demo['received']>> }
      return items
    },
  }
}

export interface WatchedPage {
  readonly page: Page
  /** What should not happen on our page: errors of scripts, what the content policy refused, addresses outside, answers of 5xx. */
  readonly faults: readonly string[]
}

/** A page in Ukrainian whose faults are noted. */
export async function openPage(browser: Browser, demo: Pick<Demo, 'url'>, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({ baseURL: demo.url, locale: 'uk-UA', ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    if (/Content Security Policy|Warning:/.test(message.text())) faults.push(message.text())
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(demo.url) && !/^(data|blob):/.test(request.url())) faults.push(`outside: ${request.url()}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 500) faults.push(`${response.status()} ${response.url()}`)
  })
  return { page, faults }
}
