import { AppError } from '../../lib/errors.ts'

/** Turns the database's refusal of a second one of a name into a conflict of its field; `fields` are by the names of unique indexes. */
export async function refuseTaken(
  write: Promise<unknown>,
  fields: Readonly<Record<string, { readonly pointer: string; readonly detail: string }>>,
): Promise<void> {
  try {
    await write
  } catch (error) {
    const field = error instanceof Error && 'constraint' in error ? fields[String(error.constraint)] : undefined
    if (field === undefined) throw error
    throw new AppError('conflict', field.detail, { cause: error, fields: [{ ...field, code: 'taken' }] })
  }
}
