/** Whether an element is on the screen, or soon will be. */
import { useEffect, useState, type RefObject } from 'react'

type Told = (visible: boolean) => void

/** One observer looks after all elements of a margin: a page has hundreds of charts, and an observer of its own for
 *  each is looked at in every frame. */
const watching = new Map<string, { observer: IntersectionObserver; told: Map<Element, Told> }>()

function watcherOf(margin: string) {
  const known = watching.get(margin)
  if (known) return known
  const told = new Map<Element, Told>()
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) told.get(entry.target)?.(entry.isIntersecting)
  }, { rootMargin: margin })
  const made = { observer, told }
  watching.set(margin, made)
  return made
}

export function useVisible(element: RefObject<Element | null>, margin = '300px'): boolean {
  const [visible, setVisible] = useState(false)
  useEffect(() => {
    const target = element.current
    if (!target) return
    const { observer, told } = watcherOf(margin)
    told.set(target, setVisible)
    observer.observe(target)
    return () => {
      told.delete(target)
      observer.unobserve(target)
    }
  }, [element, margin])
  return visible
}
