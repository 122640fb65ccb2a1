/** Text to take along: commands, and secrets that are shown once. */
import { useEffect, useState } from 'react'
import { useWords } from '../state/language'
import { shell } from '../words/shell'
import { Button } from './button'

/** Also where the clipboard needs what plain http does not give. */
async function copy(text: string): Promise<void> {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text)
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'unseen'
  const host = document.querySelector('dialog[open]') ?? document.body
  host.append(area)
  area.select()
  document.execCommand('copy')
  area.remove()
}

export function Copy({ text, kind = 'plain', slim = true }: { text: string; kind?: 'plain' | 'primary'; slim?: boolean }) {
  const t = useWords()
  const [done, setDone] = useState(false)
  useEffect(() => {
    if (!done) return
    const timer = setTimeout(() => setDone(false), 2000)
    return () => clearTimeout(timer)
  }, [done])
  return (
    <Button kind={kind} slim={slim} icon={done ? 'check' : 'copy'} onClick={() => void copy(text).then(() => setDone(true))}>
      <span aria-live="polite">{done ? t(shell.copied) : t(shell.copy)}</span>
    </Button>
  )
}

export function Code({ text }: { text: string }) {
  return (
    <div className="code">
      <pre tabIndex={0}>{text}</pre>
      <Copy text={text} />
    </div>
  )
}

export function Secret({ text, label }: { text: string; label: string }) {
  return (
    <div className="secret">
      <code aria-label={label} data-secret>{text}</code>
      <Copy text={text} kind="primary" />
    </div>
  )
}
