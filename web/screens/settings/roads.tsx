import { useCallback, useState } from 'react'
import type { Endpoint } from '../../../contract/health.ts'
import type { Mode, Rerouting, WhatsappMode, WhatsappModePreview } from '../../../contract/settings.ts'
import type { Client } from '../../data/client.ts'
import { useLoaded, useWorkspace } from '../../data/hooks.tsx'
import { useLateSpeech } from '../../i18n/late.ts'
import { Select } from '../../ui/field.tsx'
import { useAction } from '../use-action.ts'
import { Confirm, WhenLoaded } from './card.tsx'

/** By which road messages go out, and what happens where that is another number than the conversation's. */
export function Roads() {
  const { client } = useWorkspace()
  const mode = useLoaded(useCallback((signal: AbortSignal) => client.call('getWhatsappMode', { signal }), [client]))
  return (
    <div className="grid gap-6">
      <WhenLoaded of={mode}>{(value) => <ModeSelect value={value} onChanged={mode.reload} />}</WhenLoaded>
      <ReroutingSelect />
    </div>
  )
}

function ModeSelect({ value, onChanged }: { readonly value: WhatsappMode; readonly onChanged: () => void }) {
  const { words } = useLateSpeech()
  const { client } = useWorkspace()
  const [plan, setPlan] = useState<Plan>()
  const look = useAction(async (mode: Mode) => {
    const [preview, failing] = await Promise.all([client.call('getWhatsappModePreview', { query: { mode } }), countFailing(client, mode)])
    setPlan({ ...preview, failing })
  })
  const change = async (mode: Mode) => {
    await client.call('setWhatsappMode', { body: { mode } })
    onChanged()
  }
  return (
    <>
      <Select
        label={words.roads.mode}
        hint={value.has_effect ? words.roads.hints[value.mode] : words.roads.noEffect}
        value={value.mode}
        disabled={look.busy}
        error={look.error}
        onChange={(event) => look.run(event.target.value as Mode)}
      >
        {(Object.keys(words.modes) as Mode[]).map((name) => (
          <option key={name} value={name}>
            {words.modes[name]}
          </option>
        ))}
      </Select>
      {plan && (
        <Confirm
          title={words.roads.changeTitle(words.modes[plan.mode])}
          text={words.roads.changeText}
          doLabel={words.roads.change}
          // What may leave customers without an answer is not to be done by a slip of the mouse.
          {...(plan.failing === 0 ? {} : { typed: { label: words.roads.typeIt, word: words.roads.typed } })}
          onDo={() => change(plan.mode)}
          onClose={() => setPlan(undefined)}
        >
          <Consequences {...plan} />
        </Confirm>
      )}
    </>
  )
}

/** What the change would do, counted now, and what of the roads that it leads to was last found wrong. */
interface Plan extends WhatsappModePreview {
  readonly failing: number
}

/** What each road leads through. */
const passes: Record<Mode, readonly Endpoint[]> = {
  classical: ['meta'],
  matrix: ['homeserver', 'bridge'],
  both: ['meta', 'homeserver', 'bridge'],
}

async function countFailing({ call }: Client, mode: Mode): Promise<number> {
  const { endpoints } = await call('getHealth')
  const isFailing = ({ last_failed_at = '', last_ok_at = '' }: (typeof endpoints)[number]) => last_failed_at > last_ok_at
  return endpoints.filter((endpoint) => passes[mode].includes(endpoint.name) && isFailing(endpoint)).length
}

function Consequences({ has_effect, numbers, open_conversations, change_number, unanswerable, reasons, queued_messages, failing }: Plan) {
  const { words } = useLateSpeech()
  const lines = [
    words.roads.numbers(numbers.classical, numbers.matrix),
    ...(has_effect ? [] : [words.roads.noEffect]),
    words.roads.changeNumber(change_number, open_conversations),
    ...(unanswerable === 0 ? [] : [words.roads.unanswerable(unanswerable)]),
    ...reasons.map(({ reason, count }) => `${words.routeReasons[reason]}: ${count}`),
    ...(failing === 0 ? [] : [words.roads.failing(failing)]),
    ...(queued_messages === 0 ? [] : [words.roads.queued(queued_messages)]),
  ]
  return (
    <ul className="grid list-disc gap-1 ps-5">
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  )
}

function ReroutingSelect() {
  const { words } = useLateSpeech()
  const { client } = useWorkspace()
  const routing = useLoaded(useCallback((signal: AbortSignal) => client.call('getRouting', { signal }), [client]))
  const save = useAction(async (rerouting: Rerouting) => {
    await client.call('setRouting', { body: { rerouting } })
    routing.reload()
  })
  return (
    <WhenLoaded of={routing}>
      {({ rerouting }) => (
        <Select
          label={words.roads.rerouting}
          value={rerouting}
          disabled={save.busy}
          error={save.error}
          onChange={(event) => save.run(event.target.value as Rerouting)}
        >
          {(Object.keys(words.roads.reroutings) as Rerouting[]).map((name) => (
            <option key={name} value={name}>
              {words.roads.reroutings[name]}
            </option>
          ))}
        </Select>
      )}
    </WhenLoaded>
  )
}
