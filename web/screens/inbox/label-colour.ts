import type { Label, LabelColour } from '../../../contract/label.ts'

/** The token in `styles.css` of each colour that a label may have. Written out, so that the style sheet is built with them. */
export const labelDots: Record<LabelColour, string> = {
  red: 'bg-label-red',
  orange: 'bg-label-orange',
  yellow: 'bg-label-yellow',
  green: 'bg-label-green',
  teal: 'bg-label-teal',
  blue: 'bg-label-blue',
  purple: 'bg-label-purple',
  grey: 'bg-label-grey',
}

/** The colour of a label: grey where nobody has defined it. */
export function colourOf(name: string, defined: readonly Label[]): LabelColour {
  return defined.find((label) => label.name === name)?.colour ?? 'grey'
}
