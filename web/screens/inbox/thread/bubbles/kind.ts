import type { ReactNode } from 'react'
import type { ContentType } from '../../../../../contract/content.ts'
import type { Message } from '../../../../../contract/message.ts'

/** A message of one kind. */
export type Of<Kind extends ContentType> = Extract<Message, { readonly type: Kind }>

/** Draws what a message of one kind says. */
export type Bubble<Kind extends ContentType> = (props: { readonly message: Of<Kind> }) => ReactNode
