/** The page of the frame: it is of no origin and reaches nothing, whatever is drawn in it. */
import type { Reply, Viewed } from '../media/viewing'
import './viewer.css'

const say = (reply: Reply) => window.parent.postMessage(reply, '*')

async function draw({ form, bytes }: Viewed): Promise<void> {
  const view = form === 'plotly.json' ? await import('./figure') : await import('./object')
  await view.draw(document.body, form, bytes)
}

window.addEventListener('message', (event: MessageEvent<Viewed>) => {
  if (event.source !== window.parent) return
  draw(event.data).then(
    () => say('drawn'),
    () => say('failed'),
  )
})
say('listening')
