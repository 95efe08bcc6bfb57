/** Collects bits, most significant first, into bytes. */
export function createBits(): { put(value: number, length: number): void; bytes(fill: 0 | 1): number[] } {
  const bits: number[] = []
  return {
    put(value, length) {
      for (let place = length - 1; place >= 0; place -= 1) bits.push((value >> place) & 1)
    },
    bytes(fill) {
      while (bits.length % 8 !== 0) bits.push(fill)
      const out: number[] = []
      for (let at = 0; at < bits.length; at += 8) out.push(Number.parseInt(bits.slice(at, at + 8).join(''), 2))
      return out
    },
  }
}
