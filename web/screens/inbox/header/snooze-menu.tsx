import { AlarmClockOff, CalendarClock, CalendarDays, Clock, Sunrise } from 'lucide-react'
import { type RefObject, useState } from 'react'
import type { Conversation } from '../../../../contract/conversation.ts'
import { useSpeech } from '../../../i18n/language.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { Field } from '../../../ui/field.tsx'
import { Menu } from '../../../ui/menu.tsx'
import { Form } from '../../form.tsx'
import { fieldTime, snoozeTimes } from './snooze-times.ts'

interface SnoozeMenuProps {
  readonly status: Conversation['status']
  readonly anchor: RefObject<HTMLElement | null>
  readonly onClose: () => void
  readonly onPick: (until: Date) => void
  /** A date is wanted that is not among those offered. */
  readonly onDate: () => void
  readonly onWake: () => void
}

/** Until when a conversation is put off; it comes back by itself then, and at once when the contact writes. */
export function SnoozeMenu({ status, anchor, onClose, onPick, onDate, onWake }: SnoozeMenuProps) {
  const { words, formats } = useSpeech()
  const [times] = useState(() => snoozeTimes(Date.now()))
  const wake = { id: 'wake', label: words.header.wake, icon: <AlarmClockOff aria-hidden size={18} />, onPick: onWake }
  return (
    <Menu
      label={words.header.snoozeFor}
      anchor={anchor}
      onClose={onClose}
      items={[
        {
          id: 'hour',
          label: words.header.hour,
          hint: formats.time(times.hour.toISOString()),
          icon: <Clock aria-hidden size={18} />,
          onPick: () => onPick(times.hour),
        },
        { id: 'tomorrow', label: words.header.tomorrow, icon: <Sunrise aria-hidden size={18} />, onPick: () => onPick(times.tomorrow) },
        {
          id: 'nextWeek',
          label: words.header.nextWeek,
          icon: <CalendarDays aria-hidden size={18} />,
          onPick: () => onPick(times.nextWeek),
        },
        { id: 'date', label: words.header.date, icon: <CalendarClock aria-hidden size={18} />, onPick: onDate },
        ...(status === 'snoozed' ? [wake] : []),
      ]}
    />
  )
}

interface SnoozeDateProps {
  readonly onPick: (until: Date) => void
  readonly onClose: () => void
}

/** Asks for the time until which a conversation is put off. */
export function SnoozeDate({ onPick, onClose }: SnoozeDateProps) {
  const { words } = useSpeech()
  const [from] = useState(() => snoozeTimes(Date.now()).tomorrow)
  const [isPast, setPast] = useState(false)
  return (
    <Dialog title={words.header.snoozeFor} closeLabel={words.common.close} onClose={onClose}>
      <Form
        submitLabel={words.header.snooze}
        busy={false}
        error={undefined}
        onSend={({ until = '' }) => {
          const at = new Date(until)
          if (at.getTime() > Date.now()) onPick(at)
          else setPast(true)
        }}
      >
        <Field
          label={words.header.until}
          name="until"
          type="datetime-local"
          defaultValue={fieldTime(from)}
          error={isPast ? words.header.past : undefined}
          required
        />
      </Form>
    </Dialog>
  )
}
