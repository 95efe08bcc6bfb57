import { ApiError } from '../../data/api-error.ts'

/** A config that was saved once, or `none` before that. */
export async function findSaved<Config>(read: Promise<Config>): Promise<Config | 'none'> {
  try {
    return await read
  } catch (error) {
    if (error instanceof ApiError && (error.code === 'not_found' || error.code === 'not_configured')) return 'none'
    throw error
  }
}
