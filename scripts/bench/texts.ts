const starts = ['за', 'по', 'при', 'від', 'до', 'пере', 'об', 'на', 'роз', 'ви', 'під', 'не', 'про', 'у', 'з', 'пре']
const middles = ['мов', 'роб', 'лет', 'пис', 'ход', 'віз', 'став', 'мін', 'клад', 'нос', 'крит', 'бір', 'дат', 'вод', 'чит', 'сил']
const ends = ['ка', 'ний', 'ити', 'лення', 'ок', 'ом', 'ою', 'ує']

/** Words in the number and of the length of a small shop's. */
export const vocabulary: readonly string[] = starts.flatMap((start) => middles.flatMap((middle) => ends.map((end) => start + middle + end)))

const wordsOfText = 5

/** A message's text: a few words are everywhere, most are rare. The same number gives the same text. */
export function textOf(n: number): string {
  const words = Array.from(
    { length: wordsOfText },
    (_, place) => vocabulary[Math.floor(chanceOf(n * wordsOfText + place) ** 3 * vocabulary.length)],
  )
  return `${words.join(' ')} №${n}`
}

/** Between 0 and 1, the same for the same number (the finalizer of MurmurHash3). */
function chanceOf(n: number): number {
  let hash = Math.imul(n ^ (n >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
