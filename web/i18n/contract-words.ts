import type { ChannelStatus } from '../../contract/channel.ts'
import type { ContentType } from '../../contract/content.ts'
import type { DeliveryState } from '../../contract/delivery.ts'
import type { ErrorCode } from '../../contract/error.ts'
import type { LoginError } from '../../contract/login.ts'
import type { Mode } from '../../contract/settings.ts'
import type { Role, Scope } from '../../contract/user.ts'
import { lazily } from './lazily.ts'

/** The words that follow the contract: a new code, state or kind there is a compile error in each language. */
export interface ContractWords {
  readonly errors: Record<ErrorCode, string>
  /** Why WhatsApp did not take a message, by its own code, where it says more than ours. */
  readonly networkErrors: Readonly<Record<string, string>>
  readonly loginErrors: Record<LoginError, string>
  readonly ticks: Record<DeliveryState, string>
  readonly kinds: Record<ContentType, string>
  readonly channelStatuses: Record<ChannelStatus, string>
  readonly roles: Record<Role, string>
  readonly scopes: Record<Scope, string>
  readonly modes: Record<Mode, string>
}

type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string }

/** A word in the form that goes with a number, with `#` for the number. */
export function plural(language: string): (count: number, forms: Forms) => string {
  const rules = lazily(() => new Intl.PluralRules(language))
  const numbers = lazily(() => new Intl.NumberFormat(language))
  // Small whole numbers are written alike everywhere.
  const written = (count: number) => (Number.isInteger(count) && Math.abs(count) < 1_000 ? String(count) : numbers().format(count))
  return (count, forms) => (forms[rules().select(count)] ?? forms.other).replace('#', written(count))
}
