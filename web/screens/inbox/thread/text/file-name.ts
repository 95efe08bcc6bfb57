/** A file's name as it may be shown: without signs that are unseen or turn the writing, which could hide what kind of file it is (X16). */
export function plainName(name: string): string {
  const plain = name.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').trim()
  return plain === '' ? '—' : plain
}

/** The last part of a name, after its point: `exe`. Empty where there is none. */
export function endingOf(name: string): string {
  const plain = plainName(name)
  const point = plain.lastIndexOf('.')
  return point > 0 && point > plain.length - 12 ? plain.slice(point + 1).toLowerCase() : ''
}

/** A long name with its middle left out, so that its ending is always seen. */
export function shortName(name: string, longest = 42): string {
  const plain = plainName(name)
  if (plain.length <= longest) return plain
  const tail = Math.min(14, longest - 4)
  return `${plain.slice(0, longest - tail - 1).toWellFormed()}…${plain.slice(-tail).toWellFormed()}`
}

/** Endings of what runs, or holds what runs, when it is opened. */
const RISKY =
  /^(exe|msi|msix|appx|com|scr|pif|bat|cmd|ps1|psm1|vbs|vbe|js|jse|mjs|wsf|wsh|hta|jar|jnlp|apk|app|dmg|pkg|sh|bash|py|rb|pl|php|reg|lnk|url|inf|iso|img|vhdx?|html?|xhtml|xht|shtml|mht|mhtml|svgz?|xml|xsl|docm|dotm|xlsm|xltm|xlam|pptm|one|cpl|gadget|chm|scf|desktop)$/

/** Whether opening the file could do harm: by its ending, or by what it says it is. */
export function isRisky(name: string, mimeType: string): boolean {
  return RISKY.test(endingOf(name)) || /html|svg|xml(?!formats)|javascript|x-msdownload|x-sh|executable|java-archive/i.test(mimeType)
}
