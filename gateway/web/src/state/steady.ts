/** The value of before, as long as the new one says the same: what is drawn from it is not drawn again. */
import { useRef } from 'react'

export function useSteady<T>(value: T): T {
  const kept = useRef({ value, said: '' })
  const said = JSON.stringify(value)
  if (kept.current.said !== said) kept.current = { value, said }
  return kept.current.value
}
