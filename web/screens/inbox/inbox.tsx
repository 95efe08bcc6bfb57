import type { ConversationId } from '../../../contract/ids.ts'
import { useSpeech } from '../../i18n/language.tsx'
import { ConversationList } from './conversation-list.tsx'
import { ThreadPane } from './thread-pane.tsx'

/** The list and the open conversation side by side; on a phone one of them. */
export function Inbox({ openId }: { readonly openId: ConversationId | undefined }) {
  const { words } = useSpeech()
  return (
    <div className="grid h-full min-h-0 sm:grid-cols-[minmax(260px,360px)_minmax(0,1fr)]">
      <section aria-label={words.inbox.list} className={`min-h-0 border-line sm:border-e ${openId ? 'max-sm:hidden' : ''}`}>
        {!openId && <h1 className="sr-only">{words.nav.inbox}</h1>}
        <ConversationList openId={openId} />
      </section>
      <section className={`min-h-0 min-w-0 ${openId ? '' : 'max-sm:hidden'}`}>
        {openId ? (
          <ThreadPane key={openId} id={openId} />
        ) : (
          <p className="grid h-full place-items-center p-4 text-muted">{words.inbox.choose}</p>
        )}
      </section>
    </div>
  )
}
