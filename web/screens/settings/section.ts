import type { Session } from '../../data/session.ts'

/** What each section of the settings is given. */
export interface SectionProps {
  readonly onSignOut: Session['signOut']
}
