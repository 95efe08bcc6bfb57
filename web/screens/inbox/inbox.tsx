import { useSpeech } from '../../i18n/language.tsx'
import { ListPane } from './list/list-pane.tsx'
import { ThreadPane } from './thread-pane.tsx'
import { usePlace } from './use-place.ts'

/** The list and the open conversation side by side; on a phone one of them. */
export function Inbox() {
  const { words } = useSpeech()
  const { id } = usePlace().place
  return (
    <div className="grid h-full min-h-0 grid-cols-[minmax(0,1fr)] sm:grid-cols-[minmax(260px,360px)_minmax(0,1fr)]">
      <section aria-label={words.inbox.list} className={`min-h-0 min-w-0 border-line sm:border-e ${id ? 'max-sm:hidden' : ''}`}>
        <ListPane />
      </section>
      <section className={`min-h-0 min-w-0 ${id ? '' : 'max-sm:hidden'}`}>
        {id ? (
          <ThreadPane key={id} id={id} />
        ) : (
          <p className="grid h-full place-items-center p-6 text-center text-muted">
            <span className="pointer-coarse:hidden">{words.inbox.choose}</span>
            <span className="hidden pointer-coarse:inline">{words.inbox.chooseByTouch}</span>
          </p>
        )}
      </section>
    </div>
  )
}
