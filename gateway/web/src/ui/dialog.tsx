/** A sheet over the page, in the browser's own dialog: Escape and what lies below are its business. */
import { useLayoutEffect, useRef, useState, type ReactNode } from 'react'
import { useWords } from '../state/language'
import { shell } from '../words/shell'
import { Button, IconButton } from './button'
import { Notice, useReason } from './states'

export function Dialog({ title, onClose, wide = false, children }: {
  title: string
  onClose: () => void
  wide?: boolean
  children: ReactNode
}) {
  const t = useWords()
  const element = useRef<HTMLDialogElement>(null)
  const pressed = useRef(false)
  // In the layout's turn: a dialog that has left the page can no longer give the focus back.
  useLayoutEffect(() => {
    const dialog = element.current
    if (!dialog) return
    const before = document.activeElement
    if (!dialog.open) dialog.showModal()
    firstField(dialog)?.focus()
    return () => {
      dialog.close()
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  return (
    <dialog
      ref={element}
      className={wide ? 'wide' : undefined}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onPointerDown={(event) => {
        pressed.current = event.target === element.current
      }}
      // A drag that ends outside, as of text that is selected, is no click outside.
      onClick={(event) => event.target === element.current && pressed.current && onClose()}
    >
      <header>
        <h2 className="grow">{title}</h2>
        <IconButton icon="close" label={t(shell.close)} onClick={onClose} />
      </header>
      {children}
    </dialog>
  )
}

/** The field that says so, else the first; where there is none the browser chooses. React's `autoFocus` comes
 *  before the dialog is open, when nothing in it can have the focus. */
const firstField = (dialog: HTMLElement): HTMLElement | null =>
  dialog.querySelector<HTMLElement>('[data-focus]') ?? dialog.querySelector<HTMLElement>('input, textarea, select')

/** Ask once more before something that cannot be taken back. With `type`, it must be typed. */
export function Confirm({ title, children, doing, type, onClose, onConfirm }: {
  title: string
  children: ReactNode
  doing: string
  type?: string
  onClose: () => void
  onConfirm: () => Promise<unknown>
}) {
  const t = useWords()
  const reason = useReason()
  const [typed, setTyped] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const confirm = async () => {
    setBusy(true)
    try {
      await onConfirm()
      onClose()
    } catch (caught) {
      setError(caught)
      setBusy(false)
    }
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="body">
        <div>{children}</div>
        {type !== undefined && (
          <label className="field">
            <span>{t(shell.typeIt, { name: type })}</span>
            <input className="input" value={typed} onChange={(event) => setTyped(event.target.value)} />
          </label>
        )}
        {error !== null && <Notice kind="bad">{reason(error)}</Notice>}
        <div className="end">
          <Button onClick={onClose}>{t(shell.cancel)}</Button>
          <Button kind="primary" busy={busy} disabled={type !== undefined && typed !== type} onClick={() => void confirm()}>
            {doing}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
