import { AlarmClock, Check, EllipsisVertical, PanelRight, RotateCcw, Tag, UserRound, UserRoundPlus } from 'lucide-react'
import { type ReactNode, type RefObject, useRef, useState } from 'react'
import type { Conversation } from '../../../../contract/conversation.ts'
import type { UserId } from '../../../../contract/ids.ts'
import { tell, useCommand } from '../../../commands.ts'
import { useStored, useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { IconButton } from '../../../ui/button.tsx'
import { Menu } from '../../../ui/menu.tsx'
import { Popover } from '../../../ui/popover.tsx'
import { SmallAvatar } from '../../../ui/small-avatar.tsx'
import { useChange } from '../use-change.ts'
import { LabelPicker, PersonPicker } from './pickers.ts'
import { SnoozeDate, SnoozeMenu } from './snooze-menu.tsx'

/** As many labels as the server takes on one conversation. */
const MOST_LABELS = 20

type Layer = 'assign' | 'label' | 'snooze' | 'date' | 'more'
type Anchor = RefObject<HTMLButtonElement | null>
type Anchors = Readonly<Record<'assign' | 'label' | 'snooze' | 'more', Anchor>>

/** Whose the conversation is, its labels, putting it off and closing it. On a phone all but the owner is behind one button. */
export function Deeds({ conversation }: { readonly conversation: Conversation }) {
  const { words } = useSpeech()
  const deeds = useDeeds(conversation)
  const [layer, setLayer] = useState<Layer>()
  const anchors: Anchors = {
    assign: useRef<HTMLButtonElement>(null),
    label: useRef<HTMLButtonElement>(null),
    snooze: useRef<HTMLButtonElement>(null),
    more: useRef<HTMLButtonElement>(null),
  }
  useCommand('assign', () => setLayer('assign'))
  useCommand('take', deeds.take)
  useCommand('label', () => setLayer('label'))
  useCommand('snooze', () => setLayer('snooze'))
  useCommand('close', deeds.toggleClosed)

  const { status, assignee_id } = conversation
  const closeLabel = status === 'closed' ? words.header.reopen : words.header.close
  const closeIcon = status === 'closed' ? <RotateCcw aria-hidden size={20} /> : <Check aria-hidden size={20} />
  const opener = (name: keyof Anchors) => ({ anchor: anchors[name], isOpen: layer === name, onOpen: () => setLayer(name) })
  return (
    <div role="group" aria-label={words.header.actions} className="flex shrink-0 items-center">
      <Owner id={assignee_id} onTake={deeds.take} {...opener('assign')} />
      <div className="hidden items-center lg:flex">
        <Opener label={words.header.labels} {...opener('label')}>
          <Tag aria-hidden size={20} />
        </Opener>
        <Opener label={words.header.snooze} {...opener('snooze')}>
          <AlarmClock aria-hidden size={20} />
        </Opener>
        <IconButton label={closeLabel} onClick={deeds.toggleClosed}>
          {closeIcon}
        </IconButton>
        <IconButton label={words.header.panel} onClick={() => tell('panel')}>
          <PanelRight aria-hidden size={20} className="rtl:-scale-x-100" />
        </IconButton>
      </div>
      <div className="lg:hidden">
        <Opener label={words.header.more} {...opener('more')}>
          <EllipsisVertical aria-hidden size={20} />
        </Opener>
      </div>
      {layer === 'more' && (
        <Menu
          label={words.header.more}
          anchor={anchors.more}
          onClose={() => setLayer(undefined)}
          items={[
            { id: 'close', label: closeLabel, icon: closeIcon, onPick: deeds.toggleClosed },
            { id: 'label', label: words.header.labels, icon: <Tag aria-hidden size={20} />, onPick: () => setLayer('label') },
            { id: 'snooze', label: words.header.snooze, icon: <AlarmClock aria-hidden size={20} />, onPick: () => setLayer('snooze') },
            { id: 'panel', label: words.header.panel, icon: <PanelRight aria-hidden size={20} />, onPick: () => tell('panel') },
          ]}
        />
      )}
      {layer && <OpenLayer conversation={conversation} deeds={deeds} layer={layer} anchors={anchors} setLayer={setLayer} />}
    </div>
  )
}

type DeedsOf = ReturnType<typeof useDeeds>

function useDeeds({ id, status, labels }: Conversation) {
  const { words, formats } = useSpeech()
  const { user } = useWorkspace()
  const change = useChange()
  const assign = (to: UserId | null) => void change([id], () => ({ assignee_id: to }))
  const open = () =>
    void change(
      [id],
      () => ({ status: 'open', snoozed_until: null }),
      () => words.header.reopened,
    )
  const close = () =>
    void change(
      [id],
      () => ({ status: 'closed' }),
      () => words.header.closed,
    )
  return {
    assign,
    take: () => assign(user.id),
    open,
    toggleClosed: status === 'closed' ? open : close,
    toggleLabel: (label: string) => {
      const next = labels.includes(label) ? labels.filter((other) => other !== label) : [...labels, label]
      if (next.length <= MOST_LABELS) void change([id], () => ({ labels: next }))
    },
    snooze: (until: Date) => {
      const snoozed_until = until.toISOString()
      void change(
        [id],
        () => ({ status: 'snoozed', snoozed_until }),
        () => words.header.snoozed(formats.dateTime(snoozed_until)),
      )
    },
  }
}

interface OpenLayerProps {
  readonly conversation: Conversation
  readonly deeds: DeedsOf
  readonly layer: Layer
  readonly anchors: Anchors
  readonly setLayer: (layer: Layer | undefined) => void
}

function OpenLayer({ conversation: { status, assignee_id, labels }, deeds, layer, anchors, setLayer }: OpenLayerProps) {
  const { words } = useSpeech()
  const close = () => setLayer(undefined)
  // What is behind the one button of a phone opens beside that button.
  const anchorOf = (name: keyof Anchors) => (anchors[name].current?.checkVisibility() === true ? anchors[name] : anchors.more)
  switch (layer) {
    case 'more':
      return null
    case 'assign':
      return (
        <Popover label={words.header.assign} anchor={anchors.assign} onClose={close}>
          <PersonPicker
            chosen={assignee_id}
            onPick={(to) => {
              close()
              deeds.assign(to)
            }}
          />
        </Popover>
      )
    case 'label':
      return (
        <Popover label={words.header.labels} anchor={anchorOf('label')} onClose={close}>
          <LabelPicker chosen={labels} onToggle={deeds.toggleLabel} />
        </Popover>
      )
    case 'snooze':
      return (
        <SnoozeMenu
          status={status}
          anchor={anchorOf('snooze')}
          onClose={close}
          onPick={deeds.snooze}
          onDate={() => setLayer('date')}
          onWake={deeds.open}
        />
      )
    case 'date':
      return (
        <SnoozeDate
          onClose={close}
          onPick={(until) => {
            close()
            deeds.snooze(until)
          }}
        />
      )
  }
}

interface OpenerProps {
  readonly label: string
  readonly anchor: Anchor
  readonly isOpen: boolean
  readonly onOpen: () => void
  readonly children: ReactNode
}

function Opener({ label, anchor, isOpen, onOpen, children }: OpenerProps) {
  return (
    <IconButton ref={anchor} label={label} aria-haspopup="dialog" aria-expanded={isOpen} onClick={onOpen}>
      {children}
    </IconButton>
  )
}

interface OwnerProps extends Omit<OpenerProps, 'label' | 'children'> {
  readonly id: UserId | undefined
  readonly onTake: () => void
}

/** Whose it is; what is nobody's can be taken with one press. */
function Owner({ id, anchor, isOpen, onOpen, onTake }: OwnerProps) {
  const { words } = useSpeech()
  const { user } = useWorkspace()
  const owner = useStored('users', (store) => (id ? store.user(id) : undefined))
  const name = id === undefined ? words.header.nobody : id === user.id ? words.header.you : (owner?.name ?? '…')
  return (
    <>
      {id === undefined && (
        <button
          type="button"
          onClick={onTake}
          className="target rounded-lg px-3 text-sm font-medium text-brand hover:bg-surface2 max-sm:hidden"
        >
          {words.header.take}
        </button>
      )}
      <button
        ref={anchor}
        type="button"
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        aria-label={`${words.header.assign}: ${name}`}
        title={`${words.header.assign}: ${name}`}
        onClick={onOpen}
        className="target inline-flex items-center justify-center gap-2 rounded-lg px-2 text-sm text-muted hover:bg-surface2"
      >
        {id === undefined ? (
          <UserRoundPlus aria-hidden size={20} />
        ) : owner ? (
          <SmallAvatar name={owner.name} label="" />
        ) : (
          <UserRound aria-hidden size={20} />
        )}
        {id !== undefined && <span className="max-w-28 truncate max-lg:hidden">{name}</span>}
      </button>
    </>
  )
}
