import { useState } from 'react'
import type { ConversationId } from '../../../contract/ids.ts'
import { useCommand } from '../../commands.ts'
import { usePreferences } from '../../frame/use-preferences.ts'
import { useSpeech } from '../../i18n/language.tsx'
import { Sheet } from '../../ui/sheet.tsx'
import { useMedia } from '../../ui/use-media.ts'
import { onDemand } from '../../ui/on-demand.tsx'
import { ListPane } from './list/list-pane.tsx'
import { ThreadPane } from './thread-pane.tsx'
import { usePlace } from './use-place.ts'

const ContactPanel = onDemand(() => import('./panel/contact-panel.tsx').then((file) => file.ContactPanel))

/** The list, the open conversation and its contact side by side; on a phone one of them. */
export function Inbox() {
  const { words } = useSpeech()
  const { id } = usePlace().place
  return (
    <div className="flex h-full min-h-0">
      <section
        aria-label={words.inbox.list}
        className={`min-h-0 w-full border-line sm:w-[clamp(260px,32%,360px)] sm:shrink-0 sm:border-e ${id ? 'max-sm:hidden' : ''}`}
      >
        <ListPane />
      </section>
      <section className={`min-h-0 min-w-0 flex-1 ${id ? '' : 'max-sm:hidden'}`}>
        {id ? (
          <ThreadPane key={id} id={id} />
        ) : (
          <p className="grid h-full place-items-center p-6 text-center text-muted">
            <span className="pointer-coarse:hidden">{words.inbox.choose}</span>
            <span className="hidden pointer-coarse:inline">{words.inbox.chooseByTouch}</span>
          </p>
        )}
      </section>
      {id && <Panel id={id} />}
    </div>
  )
}

/** A column that stays as chosen where there is room for one, else a sheet over the conversation. */
function Panel({ id }: { readonly id: ConversationId }) {
  const { words } = useSpeech()
  const isWide = useMedia('(width >= 1024px)')
  const [{ panel }, choose] = usePreferences()
  const [sheetOf, setSheetOf] = useState<ConversationId>()
  const isSheet = sheetOf === id
  useCommand('panel', () => (isWide ? choose({ panel: !panel }) : setSheetOf(isSheet ? undefined : id)))
  if (isWide) {
    if (!panel) return null
    return (
      <aside aria-label={words.contact.title} className="w-80 shrink-0 border-s border-line">
        <ContactPanel id={id} onClose={() => choose({ panel: false })} />
      </aside>
    )
  }
  if (!isSheet) return null
  const close = () => setSheetOf(undefined)
  return (
    <Sheet label={words.contact.title} onClose={close}>
      <ContactPanel id={id} onClose={close} />
    </Sheet>
  )
}
