import { ChevronDown, X } from 'lucide-react'
import { type ReactNode, useRef, useState } from 'react'
import type { ChannelId } from '../../../../contract/ids.ts'
import { useStored, useWorkspace } from '../../../data/hooks.tsx'
import { isNarrowed } from '../../../data/list-filter.ts'
import { useSpeech } from '../../../i18n/language.tsx'
import { Menu } from '../../../ui/menu.tsx'
import { Popover } from '../../../ui/popover.tsx'
import { LabelPicker, PersonPicker } from '../header/pickers.ts'
import { usePlace } from '../use-place.ts'

const chip = 'target-tight inline-flex max-w-44 shrink-0 items-center gap-1 rounded-full border px-3 text-sm'
const on = 'border-brand bg-surface2 font-medium text-brand'
const off = 'border-line text-muted hover:bg-surface2'
const nothing = { unread: false, label: undefined, assignee: undefined, number: undefined } as const

/** What narrows the list besides its view; each choice stands in the address. */
export function Chips() {
  const { words } = useSpeech()
  const { place, go } = usePlace()
  const { store } = useWorkspace()
  const users = useStored('users', () => store.users())
  const channels = useStored('channels', () => store.channels())
  const number = channels.find(({ id }) => id === place.number)
  const hasOwner = place.view === 'mine' || place.view === 'unassigned'
  return (
    <div role="group" aria-label={words.inbox.chips} className="flex gap-1.5 overflow-x-auto">
      <button
        type="button"
        aria-pressed={place.unread === true}
        onClick={() => go({ unread: !place.unread }, 'replace')}
        className={`${chip} ${place.unread ? on : off}`}
      >
        {words.inbox.onlyUnread}
      </button>
      <Chip label={words.inbox.label} value={place.label}>
        {(close) => (
          <LabelPicker
            chosen={place.label === undefined ? [] : [place.label]}
            isFixed
            onToggle={(label) => {
              close()
              go({ label: label === place.label ? undefined : label }, 'replace')
            }}
          />
        )}
      </Chip>
      {!hasOwner && (
        <Chip label={words.inbox.assignee} value={users.find(({ id }) => id === place.assignee)?.name}>
          {(close) => (
            <PersonPicker
              chosen={place.assignee}
              isFilter
              onPick={(id) => {
                close()
                go({ assignee: id ?? undefined }, 'replace')
              }}
            />
          )}
        </Chip>
      )}
      {channels.length > 1 && (
        <NumberChip
          value={number && (number.name || number.phone)}
          items={[
            { id: '', name: words.inbox.anyNumber },
            ...channels.map(({ id, name, phone }) => ({ id: id as string, name: name || phone })),
          ].map(({ id, name }) => ({
            id,
            label: name,
            checked: id === (place.number ?? ''),
            onPick: () => go({ number: id === '' ? undefined : (id as ChannelId) }, 'replace'),
          }))}
        />
      )}
      {isNarrowed(place) && (
        <button type="button" onClick={() => go(nothing, 'replace')} className={`${chip} border-transparent font-medium text-brand`}>
          <X aria-hidden size={16} />
          {words.inbox.reset}
        </button>
      )}
    </div>
  )
}

function useAnchor() {
  const anchor = useRef<HTMLButtonElement>(null)
  const [isOpen, setOpen] = useState(false)
  return { anchor, isOpen, open: () => setOpen(true), close: () => setOpen(false) }
}

function Face({ value, label }: { readonly value: string | undefined; readonly label: string }) {
  return (
    <>
      <span className="truncate">{value === undefined ? label : <bdi>{value}</bdi>}</span>
      <ChevronDown aria-hidden size={16} className="shrink-0" />
    </>
  )
}

interface ChipProps {
  readonly label: string
  readonly value: string | undefined
  readonly children: (close: () => void) => ReactNode
}

function Chip({ label, value, children }: ChipProps) {
  const { anchor, isOpen, open, close } = useAnchor()
  return (
    <>
      <button
        ref={anchor}
        type="button"
        aria-label={value === undefined ? label : `${label}: ${value}`}
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        onClick={open}
        className={`${chip} ${value === undefined ? off : on}`}
      >
        <Face value={value} label={label} />
      </button>
      {isOpen && (
        <Popover label={label} anchor={anchor} onClose={close}>
          {children(close)}
        </Popover>
      )}
    </>
  )
}

function NumberChip({ value, items }: { readonly value: string | undefined; readonly items: Parameters<typeof Menu>[0]['items'] }) {
  const { words } = useSpeech()
  const { anchor, isOpen, open, close } = useAnchor()
  const label = words.inbox.number
  return (
    <>
      <button
        ref={anchor}
        type="button"
        aria-label={value === undefined ? label : `${label}: ${value}`}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={open}
        className={`${chip} ${value === undefined ? off : on}`}
      >
        <Face value={value} label={label} />
      </button>
      {isOpen && <Menu label={label} anchor={anchor} items={items} onClose={close} />}
    </>
  )
}
