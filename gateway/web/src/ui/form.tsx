/** Sending a form: busy while it goes, and each refusal beside the field that it names. */
import { useState, type FormEvent, type ReactNode } from 'react'
import { isProblem } from '../api/client'
import { Notice, useReason } from './states'

export interface Sending {
  busy: boolean
  error: unknown
  /** What is wrong with a field, if the refusal names it. */
  wrong: (...fields: string[]) => string | null
  /** A refusal that names none of the form's fields. */
  refusal: (...fields: string[]) => ReactNode
  onSubmit: (event: FormEvent) => void
}

export function useSending(send: () => Promise<unknown>): Sending {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const reason = useReason()
  const names = (fields: string[]) => isProblem(error) && error.field !== null && fields.some((field) => error.field === field || error.field?.endsWith(`.${field}`))
  const submit = async () => {
    setBusy(true)
    setError(null)
    try {
      await send()
    } catch (caught) {
      setError(caught)
    } finally {
      setBusy(false)
    }
  }
  return {
    busy,
    error,
    wrong: (...fields) => (error !== null && names(fields) ? reason(error) : null),
    refusal: (...fields) => (error !== null && !names(fields) ? <Notice kind="bad">{reason(error)}</Notice> : null),
    onSubmit: (event) => {
      event.preventDefault()
      void submit()
    },
  }
}
