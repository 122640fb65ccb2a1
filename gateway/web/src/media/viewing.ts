/** What a page and the frame in which a logged file is drawn say to one another. */

/** A figure is Plotly's JSON; `form` of an object is the end of its file's name. */
export interface Viewed {
  form: Form
  bytes: ArrayBuffer
}
export type Form = 'plotly.json' | 'pts.json' | 'obj' | 'stl' | 'glb' | 'gltf'

/** The frame listens; it has drawn; it could not. */
export type Reply = 'listening' | 'drawn' | 'failed'

const FORMS: Form[] = ['plotly.json', 'pts.json', 'obj', 'stl', 'glb', 'gltf']
/** More than this is a download: it would be held three times over. */
export const MOST_BYTES = 64 * 1024 * 1024

export const formOf = (name: string): Form | null => FORMS.find((form) => name.toLowerCase().endsWith(`.${form}`)) ?? null

export const isReply = (data: unknown): data is Reply => data === 'listening' || data === 'drawn' || data === 'failed'
