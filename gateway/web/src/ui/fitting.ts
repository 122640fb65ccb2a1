/** Whether a name is meant by a few letters. Pure. */

/** All the letters in their order: `nfr` finds `north-face/runs`. */
export function fits(name: string, wanted: string): boolean {
  let at = 0
  const low = name.toLowerCase()
  for (const letter of wanted.toLowerCase().replaceAll(' ', '')) {
    at = low.indexOf(letter, at) + 1
    if (at === 0) return false
  }
  return true
}
