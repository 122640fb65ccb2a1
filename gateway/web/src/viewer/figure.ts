/** A figure of Plotly's, as it was logged; Plotly itself comes with the first one that is looked at. */
import Plotly from 'plotly.js-strict-dist-min'
import type { Form } from '../media/viewing'
import { read, type Json } from './reading'

const CHOICES = { responsive: true, displaylogo: false, modeBarButtonsToRemove: ['toImage', 'sendDataToCloud'] }

export async function draw(place: HTMLElement, _form: Form, bytes: ArrayBuffer): Promise<void> {
  const figure = read(bytes)
  if (figure === null || typeof figure !== 'object' || Array.isArray(figure) || !Array.isArray(figure.data)) throw new Error('no figure')
  const given = figure.layout
  const layout: { [key: string]: Json } = given !== null && typeof given === 'object' && !Array.isArray(given) ? { ...given } : {}
  // It fills its frame, whatever size it was made in.
  delete layout.width
  delete layout.height
  const sheet = document.createElement('div')
  sheet.style.height = '100%'
  place.append(sheet)
  await Plotly.newPlot(sheet, figure.data, { ...layout, autosize: true }, CHOICES)
}
