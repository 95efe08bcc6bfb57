/** The colours that a label may have; each is a token in `styles.css`. */
export const labelColours = ['red', 'orange', 'yellow', 'green', 'teal', 'blue', 'violet', 'pink', 'grey'] as const
export type LabelColour = (typeof labelColours)[number]

/** Written out, so that the style sheet is built with them. */
export const labelDots: Record<LabelColour, string> = {
  red: 'bg-label-red',
  orange: 'bg-label-orange',
  yellow: 'bg-label-yellow',
  green: 'bg-label-green',
  teal: 'bg-label-teal',
  blue: 'bg-label-blue',
  violet: 'bg-label-violet',
  pink: 'bg-label-pink',
  grey: 'bg-label-grey',
}

/** A colour for a label that nobody gave one: the same name always gets the same. */
export function colourOf(name: string): LabelColour {
  let sum = 0
  for (const sign of name) sum = (sum * 31 + (sign.codePointAt(0) ?? 0)) % 997
  return labelColours[sum % (labelColours.length - 1)] ?? 'grey'
}
