/** Opens the dialog of share links; the dialog comes along only when it is asked for. */
import { lazy, Suspense, useState } from 'react'
import type { Subject } from '../../api/shares'
import { useWords } from '../../state/language'
import { Button } from '../../ui/button'
import { shares as words } from '../../words/shares'

const ShareDialog = lazy(() => import('./ShareDialog'))

export function ShareButton({ subject, name }: { subject: Subject; name: string }) {
  const t = useWords()
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button slim icon="share" onClick={() => setOpen(true)}>{t(words.share)}</Button>
      {open && <Suspense><ShareDialog subject={subject} name={name} onClose={() => setOpen(false)} /></Suspense>}
    </>
  )
}
