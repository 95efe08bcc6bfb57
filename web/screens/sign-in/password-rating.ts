/** How good a new password is: too short to be taken, easily guessed, enough, or good. */
export type PasswordRating = 'short' | 'common' | 'enough' | 'good'

/** As short as the server takes. */
const LEAST = 12
const GOOD = 16

/** What many passwords are made of; what is left without these and digits is what makes one hard to guess. */
const common =
  /password|passw0rd|пароль|qwertyuiop|qwerty|йцукен|asdfgh|zxcvbn|admin|letmein|welcome|iloveyou|ukraine|україна|mistok|whatsapp|abcdef|[0-9]+/giu

/** Rates a new password by its length and by what is left of it without common words; nothing else is asked of it. */
export function ratePassword(password: string): PasswordRating {
  if (password.length < LEAST) return 'short'
  const rest = password.replaceAll(common, '')
  if (new Set(password).size < 5 || new Set(rest).size < 4) return 'common'
  return password.length < GOOD ? 'enough' : 'good'
}
