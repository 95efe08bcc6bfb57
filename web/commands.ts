import { useEffect, useRef } from 'react'

/** What a key or the palette can ask of whatever is on the screen. */
export const commandNames = [
  'reply',
  'note',
  'assign',
  'take',
  'label',
  'close',
  'sendAndClose',
  'snooze',
  'unread',
  'search',
  'olderHit',
  'newerHit',
  'next',
  'previous',
  'nextUnread',
  'latest',
  'emoji',
  'panel',
  'newChat',
  'palette',
  'keys',
] as const
export type Command = (typeof commandNames)[number]

const listeners = new Map<Command, (() => void)[]>()

/** Asks for something to be done. The last one that listens does it; false when nobody on the screen can. */
export function tell(command: Command): boolean {
  const run = listeners.get(command)?.at(-1)
  run?.()
  return run !== undefined
}

/** Whether somebody on the screen would do it now. */
export function canTell(command: Command): boolean {
  return (listeners.get(command)?.length ?? 0) > 0
}

/** Does a command as long as the component is shown and `isOn`. */
export function useCommand(command: Command, run: () => void, isOn = true): void {
  const latest = useRef(run)
  useEffect(() => {
    latest.current = run
  })
  useEffect(() => {
    if (!isOn) return
    const listener = () => latest.current()
    listeners.set(command, [...(listeners.get(command) ?? []), listener])
    return () => {
      listeners.set(
        command,
        (listeners.get(command) ?? []).filter((other) => other !== listener),
      )
    }
  }, [command, isOn])
}
