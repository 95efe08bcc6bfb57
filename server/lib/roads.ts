/** A way in and out: a network, or `matrix/<account id>` for the Matrix account that a person has entered. */
export type Road = 'cloud' | 'matrix' | `matrix/${string}`

export type Network = 'cloud' | 'matrix'

/** What a number on this road is known by, together with its phone, whichever way it is reached. */
export function networkOf(road: string): Network {
  return road === 'cloud' ? 'cloud' : 'matrix'
}

/** The road of an account that a person has entered: what it brings stays apart, as its homeserver may be anybody's. */
export function pastedRoad(accountId: string): Road {
  return `matrix/${accountId}`
}

export function isPasted(road: string): boolean {
  return road.startsWith('matrix/')
}
