/** Short news at the edge of the page, above whatever lies there. */
import { createContext, useCallback, useContext, useLayoutEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { Button } from './button'
import { useReason } from './states'

interface Act {
  name: string
  act: () => void
}
interface Toast {
  id: number
  text: string
  bad: boolean
  way: Act | null
}
interface Toasts {
  /** `way` is what can be done about it as long as the news stands there. */
  tell: (text: string, way?: Act) => void
  complain: (error: unknown) => void
}
const ToastContext = createContext<Toasts | null>(null)
const SHOWN_MS = 5000
const CHOICE_MS = 12_000

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<Toast[]>([])
  const last = useRef(0)
  const reason = useReason()
  const drop = useCallback((id: number) => setToasts((shown) => shown.filter((toast) => toast.id !== id)), [])
  const add = useCallback(
    (text: string, bad: boolean, way: Act | null) => {
      const id = ++last.current
      setToasts((shown) => [...shown.slice(-3), { id, text, bad, way }])
      setTimeout(() => drop(id), way ? CHOICE_MS : SHOWN_MS)
    },
    [drop],
  )
  const value = useMemo(
    () => ({
      tell: (text: string, way?: Act) => add(text, false, way ?? null),
      complain: (error: unknown) => add(reason(error), true, null),
    }),
    [add, reason],
  )
  const place = useOnTop(last.current)
  return (
    <ToastContext value={value}>
      {children}
      <div className="toasts" role="status" aria-live="polite" popover="manual" ref={place}>
        {toasts.map(({ id, text, bad, way }) => (
          <div key={id} className={bad ? 'toast row bad' : 'toast row'}>
            <span className="grow">{text}</span>
            {way && (
              <Button
                slim
                onClick={() => {
                  drop(id)
                  way.act()
                }}
              >
                {way.name}
              </Button>
            )}
          </div>
        ))}
      </div>
    </ToastContext>
  )
}

/** Dialogs lie above every page; what is shown anew lies above the dialogs. */
function useOnTop(news: number) {
  const place = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const element = place.current
    if (!element) return
    if (element.matches(':popover-open')) {
      if (document.querySelector('dialog[open]') === null) return
      element.hidePopover()
    }
    element.showPopover()
  }, [news])
  return place
}

export function useToasts(): Toasts {
  const toasts = useContext(ToastContext)
  if (toasts === null) throw new Error('outside ToastProvider')
  return toasts
}
