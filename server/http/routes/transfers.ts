import { getTransfer, listTransfers } from '../../db/read/transfers.ts'
import type { Reads } from '../../db/read/viewer.ts'
import type { Transfers } from '../../inbox/linking/transfers.ts'
import type { Register } from '../register.ts'

export type TransferDeeds = Transfers

/** Numbers that wait to change hands, for admins. */
export function transferRoutes(on: Register, { transfers, readDb }: { transfers: TransferDeeds; readDb: Reads }): void {
  on('listTransfers', ({ query }) => listTransfers(readDb, query.status, query))
  on('acceptTransfer', async ({ actor, params }) => {
    await transfers.accept(actor, params.transfer_id)
    return getTransfer(readDb, params.transfer_id)
  })
  on('refuseTransfer', async ({ actor, params }) => {
    await transfers.refuse(actor, params.transfer_id)
    return getTransfer(readDb, params.transfer_id)
  })
}
