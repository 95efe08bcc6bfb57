import type { Call } from '../../../contract/api.ts'

/** What a person has chosen for linking a phone. */
export type ConnectInput = Call<'connectWhatsapp'>['body']
