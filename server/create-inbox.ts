import { randomBytes } from 'node:crypto'
import { uuidv7 } from 'uuidv7'
import type { MediaId, UserId } from '../contract/ids.ts'
import type { Listener } from './db/listen.ts'
import type { Locks } from './db/locks.ts'
import type { Db } from './db/schema.ts'
import { countReceipts } from './db/receipts.ts'
import { findOwnerName } from './db/accounts.ts'
import { type Accounts, createAccounts } from './inbox/linking/accounts.ts'
import { createChannels } from './inbox/channels/channels.ts'
import { createFindLine } from './inbox/channels/connections.ts'
import { createEraseRest } from './inbox/contacts/erase.ts'
import { createApplyPhone } from './inbox/linking/found-phone.ts'
import { reopenSnoozed } from './inbox/conversations.ts'
import { drain, type IngestDeps } from './inbox/ingest.ts'
import { noteSilentImports } from './inbox/linking/imports.ts'
import { createKeep } from './inbox/intake.ts'
import { type RunJob, startJobs } from './inbox/jobs.ts'
import { createLogins } from './inbox/linking/login.ts'
import { createFetchMedia, createFetchUpload } from './inbox/media/media.ts'
import { tellOfNumbers } from './inbox/channels/notices.ts'
import { startOutbox } from './inbox/sending/outbox.ts'
import { createFetchPicture } from './inbox/media/pictures.ts'
import type { PastedAccounts } from './inbox/linking/pasted-accounts.ts'
import { type PullTimes, startPuller } from './inbox/watching/pull.ts'
import type { ProviderRegistry } from './inbox/settings/providers.ts'
import { createSendReadMark } from './inbox/sending/read-marks.ts'
import { startRetention } from './inbox/retention.ts'
import { sample } from './inbox/sampling.ts'
import { createRoutine } from './inbox/routine.ts'
import { type SessionsDeps, withSessions } from './inbox/people/sessions.ts'
import { createSyncNow } from './inbox/watching/sync-now.ts'
import { createRelabel } from './inbox/team/labels.ts'
import { runTask } from './inbox/tasks.ts'
import { createTransfers } from './inbox/linking/transfers.ts'
import { createVoiceNotes } from './inbox/sending/voice-notes.ts'
import { type Clock, newAttemptId, newId } from './lib/clock.ts'
import { createFfmpeg } from './lib/ffmpeg.ts'
import type { HttpClient } from './lib/http-client.ts'
import type { Log } from './lib/log.ts'
import type { Metrics } from './lib/metrics.ts'
import { openMediaFiles } from './lib/media-files.ts'
import type { Seal } from './lib/seal.ts'
import { startWorker } from './lib/worker.ts'
import type { AccountLink, Provider, ProviderName } from './providers/provider.ts'

export interface InboxOptions {
  readonly db: Db
  readonly listener: Listener
  readonly locks: Locks
  readonly seal: Seal
  readonly clock: Clock
  readonly log: Log
  readonly providers: Pick<ProviderRegistry, 'find' | 'all' | 'reload'>
  readonly mediaDirectory: string
  readonly mediaMaxBytes: number
  /** The program ffmpeg, or `off`. */
  readonly ffmpeg: string
  /** Fetches what callers name by address; reaches public addresses only. */
  readonly fetcher: HttpClient
  readonly pullTimes?: PullTimes
  /** Told when an account of ours was lost or has come back. */
  readonly accountsChanged?: () => void
  readonly metrics: Metrics
  readonly pastedAccounts: Pick<PastedAccounts, 'refused' | 'forget'>
}

/** Everything that the inbox does, with its workers running. `stop` lets each finish what is in hand. */
export type Inbox = ReturnType<typeof createInbox>

export function createInbox(options: InboxOptions) {
  const { db, listener, locks, seal, clock, log, metrics } = options
  const accounts = openAccounts(options)
  const providers = reviving(options.providers, { db, accounts, clock, log, changed: options.accountsChanged ?? (() => {}) })
  const findLine = createFindLine({ accounts, findProvider: providers.find })
  const files = openMediaFiles({ directory: options.mediaDirectory, maxBytes: options.mediaMaxBytes })
  const voiceNotes = createVoiceNotes({ db, files, ffmpeg: createFfmpeg({ program: options.ffmpeg, clock }) })
  const { forget, refused } = options.pastedAccounts
  const channels = createChannels({ db, clock, newId, findProvider: providers.find, accounts, forget })
  const applyPhone = createApplyPhone({ findProvider: providers.find, accounts, channels })
  const ingestDeps: IngestDeps = { db, clock, log, newId, applyChannelStatus: channels.applyStatus, applyPhone, metrics }
  const ingest = startWorker({ name: 'ingest', idleMs: 500, log, round: () => drainAll(ingestDeps, providers.all()) })
  const transfers = createTransfers({ db, clock, findProvider: providers.find, accounts, wakeIngest: ingest.wake })
  const media = { db, clock, newId, files, findLine }
  const findAccount = async (provider: string, external: Parameters<typeof accounts.findByExternal>[1]) =>
    (await accounts.findByExternal(provider as ProviderName, external))?.link
  const doers: Readonly<Record<string, RunJob>> = {
    media: createFetchMedia(media),
    picture: createFetchPicture(media),
    mark_read: createSendReadMark({ db, findLine }),
    erase_contact: createEraseRest({ db, files }),
    relabel: createRelabel({ db, clock }),
  }
  const task: RunJob = (job, signal) =>
    runTask({ db, clock, findProvider: providers.find, findAccount, wakeIngest: ingest.wake }, job, signal)
  const jobs = startJobs({ db, clock, log, metrics, run: (kind) => doers[kind] ?? (kind.includes('.') ? task : undefined) })
  const outbox = startOutbox({ db, clock, newId, log, metrics, findLine, openFile: (id: MediaId) => files.read(id), voiceNotes })
  const pulling = {
    db,
    clock,
    log,
    locks,
    providers: providers.all,
    accounts,
    wakeIngest: ingest.wake,
    refused,
    ...(options.pullTimes === undefined ? {} : { times: options.pullTimes }),
  }
  const puller = startPuller(pulling)
  const logins = createLogins({ db, seal, clock, log, accounts, channels, locks, listener, findProvider: providers.find, newId })
  const chores = startChores(options, { accounts, files })
  const deaf = [
    listener.on('jobs', jobs.wake),
    listener.on('outbox', outbox.wake),
    // Whoever asks looks at the roads as they are set up now.
    listener.on('settings', () => void options.providers.reload().then(puller.wake, puller.wake)),
    listener.on('accounts', () => {
      puller.wake()
      chores.wake()
    }),
  ]

  return {
    providers,
    accounts,
    channels,
    transfers,
    syncNow: createSyncNow({ ...pulling, findProvider: providers.find }),
    logins,
    media,
    files,
    findLine,
    ingestDeps: { ...ingestDeps, wakeIngest: ingest.wake },
    keep: createKeep({ db, clock, wake: ingest.wake }),
    send: { db, clock, newId, newAttemptId, findLine, voiceNotes, fetchUpload: createFetchUpload(media, options.fetcher) },
    async stop() {
      for (const unlisten of deaf) unlisten()
      await Promise.all([puller.stop(), logins.stop(), outbox.stop(), jobs.stop(), ingest.stop(), chores.stop()])
    },
  }
}

/** What is done now and then, whether or not anything has happened. `wake`: the accounts are others now. */
function startChores(
  { db, clock, log, providers }: InboxOptions,
  { accounts, files }: { accounts: Accounts; files: ReturnType<typeof openMediaFiles> },
): { wake(): void; stop(): Promise<void> } {
  const routine = startWorker({
    name: 'routine',
    idleMs: 5_000,
    log,
    round: createRoutine({ db, clock, accounts, providers: providers.all }),
  })
  const all = [
    startRetention({ db, clock, log, files }),
    startWorker({ name: 'notices', idleMs: 15_000, log, round: () => tellOfNumbers({ db, clock, newId }) }),
    startWorker({ name: 'imports', idleMs: 15_000, log, round: () => noteSilentImports({ db, clock }) }),
    startWorker({ name: 'receipts', idleMs: 1_000, log, round: () => countReceipts(db, new Date(clock())) }),
    startWorker({ name: 'sampling', idleMs: 60_000, log, round: () => sample({ db, clock }) }),
    startWorker({ name: 'snoozed', idleMs: 15_000, log, round: () => reopenSnoozed({ db, clock }) }),
    routine,
  ]
  return {
    wake: routine.wake,
    async stop() {
      await Promise.all(all.map((chore) => chore.stop()))
    },
  }
}

function openAccounts({ db, seal, locks, clock }: InboxOptions): Accounts {
  const newPassword = () => randomBytes(32).toString('base64url')
  return createAccounts({ db, seal, locks, clock, newId, newUuid: uuidv7, newPassword })
}

/** The roads, with accounts that are revived when the network has ended their sessions. Each stays one and the same as long as its settings do. */
function reviving(
  { find, all }: InboxOptions['providers'],
  { db, accounts, ...deps }: { db: Db; accounts: Accounts } & Omit<SessionsDeps, 'renew'>,
): Omit<InboxOptions['providers'], 'reload'> {
  const known = new WeakMap<Provider, Provider>()
  const renew = async (provider: Provider, { external }: AccountLink) => {
    const account = await accounts.findByExternal(provider.name, external)
    if (account === undefined) throw new Error('the account is not ours any more')
    const name = account.owner.type === 'user' ? await findOwnerName(db, account.owner.id as UserId) : 'WhatsApp'
    return accounts.ensure(provider, account.id, name, AbortSignal.timeout(60_000))
  }
  const revive = (provider: Provider) => {
    const revived = known.get(provider) ?? withSessions(provider, { ...deps, renew })
    known.set(provider, revived)
    return revived
  }
  return {
    find(name) {
      const provider = find(name)
      return provider === undefined ? undefined : revive(provider)
    },
    all: () => all().map(revive),
  }
}

async function drainAll(deps: IngestDeps, providers: readonly Provider[]): Promise<boolean> {
  let more = false
  for (const provider of providers) more = (await drain(deps, provider)) || more
  return more
}
