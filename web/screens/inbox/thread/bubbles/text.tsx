import type { Bubble } from './kind.ts'

const ADDRESS = /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]])/

/** Text as it was typed, with its lines kept and its web addresses made links. */
export function MessageText({ text }: { readonly text: string }) {
  return (
    <p dir="auto" className="break-words whitespace-pre-wrap">
      {text.split(ADDRESS).map((part, index) =>
        index % 2 === 1 ? (
          <a key={index} href={part} target="_blank" rel="noreferrer" className="text-tick underline">
            {part}
          </a>
        ) : (
          part
        ),
      )}
    </p>
  )
}

/** The words that go with a file, where there are any. */
export function Caption({ text }: { readonly text: string | undefined }) {
  return text ? <MessageText text={text} /> : null
}

export const TextBubble: Bubble<'text'> = ({ message }) => <MessageText text={message.text} />
