import type { FastifyInstance } from 'fastify'
import type { Config } from './config.ts'
import type { Inbox } from './create-inbox.ts'
import type { Roads } from './create-roads.ts'
import { createHttp } from './http/server.ts'
import { createApiKeys } from './inbox/people/api-keys.ts'
import { capabilitiesOf } from './inbox/sending/capabilities.ts'
import { createAudit } from './inbox/audit.ts'
import { readRetention } from './inbox/settings/retention.ts'
import { previewMode, readMode } from './inbox/settings/mode-preview.ts'
import { eraseContact } from './inbox/contacts/erase.ts'
import { mergeContacts, unmergeContacts, updateContact, upsertContact } from './inbox/contacts/contacts.ts'
import { updateConversation } from './inbox/conversations.ts'
import { edit, react, takeBack } from './inbox/sending/deeds.ts'
import { createExcludedChats } from './inbox/channels/excluded-chats.ts'
import type { Feed } from './inbox/feed.ts'
import { createIdempotency } from './inbox/idempotency.ts'
import { storeUpload } from './inbox/media/media.ts'
import { sendTo, startConversation } from './inbox/sending/new-chats.ts'
import { listDeadLetters } from './db/read/health.ts'
import { createHealth } from './inbox/health.ts'
import type { OperationDeeds } from './http/routes/operations.ts'
import { readHistory } from './inbox/sampling.ts'
import { readOperations, redriveDeadLetter, redriveDeadLetters } from './inbox/operations.ts'
import { createInvites } from './inbox/people/invites.ts'
import { createPeople } from './inbox/people/people.ts'
import { readMetrics } from './inbox/metrics.ts'
import { markRead } from './inbox/sending/read-marks.ts'
import { enqueue, retry } from './inbox/sending/send.ts'
import { createSignIn } from './inbox/people/sign-in.ts'
import { createTeam } from './inbox/team/team.ts'
import { setTyping } from './inbox/sending/typing.ts'
import { type Clock, newId } from './lib/clock.ts'
import type { Endpoints } from './lib/endpoints.ts'
import type { Log } from './lib/log.ts'
import type { Metrics } from './lib/metrics.ts'
import { createPasswords } from './lib/password.ts'
import type { Data } from './open-data.ts'

interface Parts {
  readonly config: Config
  readonly webRoot: string
  readonly data: Data
  readonly roads: Roads
  readonly inbox: Inbox
  readonly feed: Feed
  readonly metrics: Metrics
  readonly endpoints: Endpoints
  readonly clock: Clock
  readonly log: Log
}

/** People and the HTTP server that they come in by, not listening yet. */
export async function createDoor({ config, webRoot, data, roads, inbox, feed, metrics, endpoints, clock, log }: Parts) {
  const { db, listener, locks, seal } = data
  const { settings, matrixConfigs, cloudConfigs, providers } = roads
  const publicUrl = () => config.publicUrl ?? `http://${config.host}:${config.port}`
  const passwords = createPasswords()
  const people = createPeople({ db, clock, newId, passwords })
  const { mode, rerouting } = settings
  const send = { ...inbox.send, apply: inbox.ingestDeps, mode, rerouting }
  const signIn = createSignIn({ db, clock, newId, passwords })
  const http: FastifyInstance = await createHttp({
    readDb: db,
    clock,
    log,
    publicUrl: config.publicUrl,
    allowedOrigins: config.allowedOrigins,
    trustedProxies: config.trustedProxies,
    openCalls: config.metrics === 'open' ? ['getMetrics'] : [],
    webRoot,
    people,
    signIn,
    invites: createInvites({ db, clock, newId, passwords }),
    apiKeys: createApiKeys({ db, clock, newId }),
    idempotency: createIdempotency({ db, locks, seal, clock }),
    audit: createAudit({ db, clock, newId }),
    feed,
    onMoment: listener.on,
    settings: {
      getMatrixConfig: matrixConfigs.get,
      saveMatrixConfig: (_, input) => matrixConfigs.save(input),
      getCloudConfig: async () => ({ ...(await cloudConfigs.get()), callback_url: `${publicUrl()}/api/v1/integrations/whatsapp/webhook` }),
      tryMatrixConfig: matrixConfigs.tryOut,
      tryCloudConfig: cloudConfigs.tryOut,
      saveCloudConfig: (input) => cloudConfigs.save(input),
      getMode: () => readMode({ db, mode }),
      setMode: settings.setMode,
      previewMode: (wanted) => previewMode({ db, clock, mode }, wanted),
      getRerouting: rerouting,
      setRerouting: settings.setRerouting,
      getRetention: () => readRetention(db),
      setRetention: (retention) => settings.put('retention', retention),
    },
    logins: inbox.logins,
    channels: inbox.channels,
    transfers: inbox.transfers,
    excluded: createExcludedChats({ db, clock }),
    contacts: {
      upsert: (...asked) => upsertContact({ db, clock, newId }, ...asked),
      update: (...asked) => updateContact({ db, clock, newId }, ...asked),
      erase: (...asked) => eraseContact({ db, clock, providers: providers.all }, ...asked),
      merge: (...asked) => mergeContacts({ db, clock, newId }, ...asked),
      unmerge: (...asked) => unmergeContacts({ db, clock, newId }, ...asked),
    },
    matrix: { get: roads.pastedAccounts.get, save: roads.pastedAccounts.save, sync: inbox.syncNow },
    conversations: {
      start: (...asked) => startConversation(send, ...asked),
      update: (actor, id, patch) => updateConversation({ db, clock }, actor, id, patch),
      markRead: (actor, id, upTo) => markRead({ db, clock }, actor, id, upTo),
      setTyping: (actor, id, isTyping) => setTyping({ ...inbox.send, log }, actor, id, isTyping),
      capabilities: (actor, id) => capabilitiesOf(send, actor, id),
    },
    messages: {
      enqueue: (...asked) => enqueue(send, ...asked),
      sendTo: (...asked) => sendTo(send, ...asked),
      retry: (...asked) => retry(send, ...asked),
      react: (...asked) => react(inbox.send, ...asked),
      edit: (...asked) => edit(inbox.send, ...asked),
      takeBack: (...asked) => takeBack(inbox.send, ...asked),
    },
    team: createTeam({ db, clock, newId }),
    media: { store: (bytes, meta) => storeUpload(inbox.media, bytes, meta), fetch: inbox.send.fetchUpload, read: inbox.files.read },
    operations: operationDeeds({ data, inbox, feed, metrics, endpoints, clock }),
    providers: providers.all,
    keep: inbox.keep,
  })
  return { http, people, signIn }
}

/** What an operator looks at and does. */
function operationDeeds({
  data: { db, mediaDirectory },
  inbox,
  feed,
  metrics,
  endpoints,
  clock,
}: Pick<Parts, 'data' | 'inbox' | 'feed' | 'metrics' | 'endpoints' | 'clock'>): OperationDeeds {
  return {
    read: () => readOperations(db),
    history: () => readHistory({ db, clock }),
    health: createHealth({ db, clock, endpoints, feedLagSeconds: feed.lagSeconds, mediaDirectory }),
    deadLetters: (page) => listDeadLetters(db, page),
    redriveOne: (id) => redriveDeadLetter(inbox.ingestDeps, id),
    redrive: () => redriveDeadLetters(inbox.ingestDeps),
    metrics: () => readMetrics({ db, metrics, feedLagSeconds: feed.lagSeconds, now: clock }),
  }
}
