/** The pages before one is in share a door. */
import type { FormEvent, ReactNode } from 'react'
import { Link } from 'wouter'
import { useSpeech } from '../state/language'

export function Door({ title, why, wide = false, children }: { title?: string; why?: ReactNode; wide?: boolean; children: ReactNode }) {
  const { language, speak } = useSpeech()
  return (
    <main className="door" id="content">
      <div className={wide ? 'inner wide' : 'inner'}>
        <Link href="/" className="brand"><img src="/assets/cordee.svg" alt="" />Cordée</Link>
        {children && (
          <div className="stack">
            {title && <div><h1>{title}</h1>{why && <p className="quiet">{why}</p>}</div>}
            {children}
          </div>
        )}
        <div className="row">
          <span className="push" />
          <button type="button" className="button bare slim" lang={language === 'fr' ? 'en' : 'fr'} onClick={() => speak(language === 'fr' ? 'en' : 'fr')}>
            {language === 'fr' ? 'English' : 'Français'}
          </button>
        </div>
      </div>
    </main>
  )
}

export function DoorForm({ onSubmit, children }: { onSubmit: (event: FormEvent) => void; children: ReactNode }) {
  return <form onSubmit={onSubmit}>{children}</form>
}
