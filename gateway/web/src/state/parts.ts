/** A part of an address, its escapes undone; one that has none to undo, as it is. Pure. */
export function unescaped(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
