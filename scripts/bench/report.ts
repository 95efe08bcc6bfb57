/** A line of the table. `isMet` is absent where there is no figure to reach, or nothing was measured. */
export interface Row {
  readonly what: string
  readonly atLeast: string
  readonly measured: string
  readonly isMet?: boolean
}
