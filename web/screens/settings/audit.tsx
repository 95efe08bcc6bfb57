import { useCallback, useEffect, useRef, useState } from 'react'
import { VList, type VListHandle } from 'virtua'
import type { Call } from '../../../contract/api.ts'
import type { AuditAction, AuditEntry } from '../../../contract/audit.ts'
import type { ChannelId, UserId } from '../../../contract/ids.ts'
import { useStored, useWorkspace } from '../../data/hooks.tsx'
import { useLateSpeech } from '../../i18n/late.ts'
import { Button } from '../../ui/button.tsx'
import { Select } from '../../ui/field.tsx'
import { Spinner } from '../../ui/spinner.tsx'
import { numberTitle } from '../number-title.ts'
import { useAction, useErrorText } from '../use-action.ts'
import { toCsv } from './csv.ts'

const PAGE = 100
/** How near the end of the list the next page is asked for, in pixels. */
const NEAR_END = 600

type Query = NonNullable<Call<'listAudit'>['query']>

/** Who has changed what and when, the latest first; it can be narrowed, and taken along as a table. */
export function Audit() {
  const { words } = useLateSpeech()
  const users = useStored('users', (store) => store.users())
  const [actor, setActor] = useState('')
  const [action, setAction] = useState('')
  const filter: Query = { ...(actor ? { actor } : {}), ...(action ? { action: action as AuditAction } : {}) }
  return (
    <div className="grid gap-4">
      <div className="grid items-end gap-3 sm:grid-cols-[1fr_1fr_auto]">
        <Select label={words.audit.who} value={actor} onChange={(event) => setActor(event.target.value)}>
          <option value="">{words.audit.anybody}</option>
          {users.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
        <Select label={words.audit.what} value={action} onChange={(event) => setAction(event.target.value)}>
          <option value="">{words.audit.anything}</option>
          {Object.entries(words.audit.actions).map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </Select>
        <Download filter={filter} />
      </div>
      <Entries key={`${actor} ${action}`} filter={filter} />
    </div>
  )
}

function Entries({ filter }: { readonly filter: Query }) {
  const { words } = useLateSpeech()
  const { client } = useWorkspace()
  const errorText = useErrorText()
  const kept = useRef(filter)
  const [entries, setEntries] = useState<readonly AuditEntry[]>([])
  const [state, setState] = useState<'more' | 'reading' | 'end'>('more')
  const [error, setError] = useState<unknown>()
  const cursor = useRef<string>(undefined)
  const more = useCallback(async () => {
    setState('reading')
    setError(undefined)
    try {
      const query = { ...kept.current, limit: PAGE, ...(cursor.current ? { cursor: cursor.current } : {}) }
      const { items, has_more, next_cursor } = await client.call('listAudit', { query })
      cursor.current = next_cursor
      setEntries((before) => [...before, ...items.filter(({ id }) => !before.some((one) => one.id === id))])
      setState(has_more ? 'more' : 'end')
    } catch (failure) {
      setError(failure)
      setState('more')
    }
  }, [client])
  useEffect(() => void more(), [more])
  const list = useRef<VListHandle>(null)
  const onScroll = () => {
    const { current } = list
    if (current && state === 'more' && current.scrollOffset + current.viewportSize > current.scrollSize - NEAR_END) void more()
  }
  return (
    <div className="grid gap-3">
      {entries.length > 0 && (
        // Scrolled by key as well, since nothing in it takes the focus.
        <VList
          ref={list}
          onScroll={onScroll}
          tabIndex={0}
          aria-label={words.settings.audit}
          role="group"
          className="!h-[60dvh] rounded-xl border border-line bg-surface"
        >
          {entries.map((entry) => (
            <Entry key={entry.id} entry={entry} />
          ))}
        </VList>
      )}
      {entries.length === 0 && state === 'end' && <p className="text-muted">{words.audit.none}</p>}
      {state === 'reading' && <Spinner label={words.common.loading} />}
      {error !== undefined && (
        <div role="alert" className="grid justify-items-start gap-2 text-danger">
          {errorText(error)}
          <Button onClick={() => void more()}>{words.common.retry}</Button>
        </div>
      )}
    </div>
  )
}

function Entry({ entry }: { readonly entry: AuditEntry }) {
  const { words, formats } = useLateSpeech()
  const { actor, action, at, address, outcome, target_id } = entry
  return (
    <div className="grid gap-0.5 border-b border-line px-4 py-2.5">
      <p className="flex flex-wrap items-baseline gap-x-3">
        <span className="font-medium">{words.audit.actions[action]}</span>
        <span className="min-w-0 flex-1 basis-28">
          <bdi>{actor?.name ?? words.audit.server}</bdi>
        </span>
        <time dateTime={at} className="text-sm text-muted">
          {formats.dateTime(at)}
        </time>
      </p>
      <p className="flex flex-wrap gap-x-3 text-sm text-muted">
        {outcome !== 'done' && <span className="text-warn">{words.audit.outcomes[outcome]}</span>}
        {target_id !== undefined && <Target id={target_id} />}
        <span className="break-all">{detailsOf(entry)}</span>
        {address !== undefined && <span dir="ltr">{address}</span>}
      </p>
    </div>
  )
}

/** What it was done to: a number or a person by name, anything else by its id. */
function Target({ id }: { readonly id: string }) {
  const { store } = useWorkspace()
  const number = store.channel(id as ChannelId)
  const name = number ? numberTitle(number) : store.user(id as UserId)?.name
  return name === undefined ? (
    <span dir="ltr" className="break-all">
      {id}
    </span>
  ) : (
    <bdi title={id}>{name}</bdi>
  )
}

/** What was given: the values that are no secret, and the names of the others. */
function detailsOf({ fields, values }: AuditEntry): string {
  return fields.map((name) => (name in values ? `${name}: ${JSON.stringify(values[name])}` : name)).join(', ')
}

function Download({ filter }: { readonly filter: Query }) {
  const { words } = useLateSpeech()
  const { client } = useWorkspace()
  const { run, busy, error } = useAction(async () => {
    const rows: (readonly string[])[] = [['at', 'actor', 'action', 'target_id', 'fields', 'address', 'outcome', 'code']]
    let cursor: string | undefined
    do {
      const page: Call<'listAudit'>['answer'] = await client.call('listAudit', {
        query: { ...filter, limit: 200, ...(cursor ? { cursor } : {}) },
      })
      for (const entry of page.items) {
        const { at, actor, action, target_id = '', address = '', outcome, code = '' } = entry
        rows.push([at, actor?.name ?? '', action, target_id, detailsOf(entry), address, outcome, code])
      }
      cursor = page.has_more ? page.next_cursor : undefined
    } while (cursor !== undefined)
    const url = URL.createObjectURL(new Blob([toCsv(rows)], { type: 'text/csv' }))
    const link = Object.assign(document.createElement('a'), { href: url, download: 'mistok-audit.csv' })
    link.click()
    setTimeout(() => URL.revokeObjectURL(url), 10_000)
  })
  return (
    <div>
      <Button busy={busy} onClick={() => run()}>
        {words.audit.download}
      </Button>
      {error && <p role="alert">{error}</p>}
    </div>
  )
}
