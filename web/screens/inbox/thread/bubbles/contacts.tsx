import { User } from 'lucide-react'
import type { Bubble } from './kind.ts'

export const ContactsBubble: Bubble<'contacts'> = ({ message }) => (
  <ul className="grid gap-2">
    {message.contacts.map(({ name, phones }) => (
      <li key={`${name} ${phones.join(' ')}`} className="flex gap-2">
        <User aria-hidden size={22} className="shrink-0 text-brand" />
        <div>
          <p className="font-medium">
            <bdi>{name}</bdi>
          </p>
          {phones.map((phone) => (
            <p key={phone} dir="ltr" className="text-sm text-muted">
              {phone}
            </p>
          ))}
        </div>
      </li>
    ))}
  </ul>
)
