/** One logged file, shown as what it is. What people made in HTML stands in a frame of its own origin. */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { fetched } from '../api/client'
import type { Value } from '../api/projects'
import { sameHost, type RunFile } from '../api/runs'
import { colorOf } from '../charts/palette'
import type { FilesAtHand } from '../state/media'
import { useWords } from '../state/language'
import { Icon } from '../ui/icons'
import { media as words } from '../words/media'
import { run as runWords } from '../words/run'
import { boxesOf, type Medium } from './kinds'
import { Viewer } from './Viewer'
import { formOf, MOST_BYTES } from './viewing'

export function MediumView({ medium, files, overlays, name }: { medium: Medium; files: FilesAtHand; overlays: boolean; name: string }) {
  const t = useWords()
  const file = files.file(medium.path)
  return (
    <figure className={`medium ${medium.kind}`} data-medium={medium.path}>
      {file ? <Shown {...{ medium, file, files, overlays, name }} /> : <p className="quiet small">{files.pending ? '' : t(words.gone)}</p>}
      {medium.caption && <figcaption className="small">{medium.caption}</figcaption>}
    </figure>
  )
}

function Shown({ medium, file, files, overlays, name }: { medium: Medium; file: RunFile; files: FilesAtHand; overlays: boolean; name: string }) {
  const t = useWords()
  const url = sameHost(file.url)
  const said = medium.caption ?? name
  switch (medium.kind) {
    case 'image':
      return <Picture {...{ medium, url, files, overlays, said }} />
    case 'audio':
      return <audio controls preload="metadata" src={url} aria-label={said} />
    case 'video':
      return /\.gif$/i.test(file.name) ? <img src={url} alt={said} loading="lazy" /> : <video controls preload="metadata" src={url} aria-label={said} />
    case 'html':
      if (file.frame) return <iframe sandbox="allow-scripts" referrerPolicy="no-referrer" loading="lazy" src={sameHost(file.frame)} title={t(words.page, { name: said })} />
  }
  const link = (
    <p className="row wrap">
      <Icon name="file" />
      <span className="mono small">{medium.type.replace(/-file$/, '')}</span>
      <span className="quiet small grow">{t(words.noShow)}</span>
      <a className="button slim" href={url} download>{t(runWords.download)}</a>
    </p>
  )
  const form = formOf(file.name)
  return form !== null && file.size <= MOST_BYTES ? <Viewer {...{ file, form }} name={said} instead={link} /> : link
}

function Picture({ medium, url, files, overlays, said }: { medium: Medium; url: string; files: FilesAtHand; overlays: boolean; said: string }) {
  const t = useWords()
  const [size, setSize] = useState<{ width: number; height: number } | null>(null)
  const [wrong, setWrong] = useState<string | null>(null)
  if (wrong === url) return <p className="quiet small">{t(runWords.unreadable)}</p>
  return (
    <div className="picture">
      <img src={url} alt={said} loading="lazy" onError={() => setWrong(url)} onLoad={({ currentTarget: it }) => setSize({ width: it.naturalWidth, height: it.naturalHeight })} />
      {overlays && medium.masks.map(([name, path]) => <Mask key={name} file={files.file(path)} />)}
      {overlays && size && medium.boxes.map(([name, path]) => <Boxes key={name} file={files.file(path)} size={size} />)}
    </div>
  )
}

const MOST_BOXES_BYTES = 4 * 1024 * 1024

function Boxes({ file, size }: { file: RunFile | null; size: { width: number; height: number } }) {
  const found = useQuery({
    queryKey: ['boxes', file?.md5, file?.name],
    queryFn: async () => (await (await fetched(sameHost(file?.url ?? ''))).json()) as Value,
    enabled: file !== null && file.size <= MOST_BOXES_BYTES,
    staleTime: Infinity,
  })
  const boxes = found.data === undefined ? [] : boxesOf(found.data, size)
  return boxes.map((box, index) => {
    const color = colorOf(box.group, 'dark')
    return (
      <div className="box" data-box={box.label} key={index} style={{ left: percent(box.left), top: percent(box.top), width: percent(box.width), height: percent(box.height), borderColor: color }}>
        {box.label && <span style={{ background: color }}>{box.label}</span>}
      </div>
    )
  })
}

const percent = (share: number): string => `${share * 100}%`

/** Each pixel of a mask is the number of a class; nought is nothing. */
function Mask({ file }: { file: RunFile | null }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const url = file && sameHost(file.url)
  useEffect(() => {
    if (!url) return
    const image = new Image()
    let wanted = true
    image.onload = () => wanted && canvas.current && paint(canvas.current, image)
    image.src = url
    return () => {
      wanted = false
    }
  }, [url])
  return <canvas ref={canvas} className="mask" aria-hidden="true" />
}

function paint(canvas: HTMLCanvasElement, image: HTMLImageElement): void {
  canvas.width = image.naturalWidth
  canvas.height = image.naturalHeight
  const context = canvas.getContext('2d')
  if (!context || canvas.width === 0) return
  context.drawImage(image, 0, 0)
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height)
  for (let at = 0; at < pixels.data.length; at += 4) {
    const group = pixels.data[at] ?? 0
    const color = Number.parseInt(colorOf(group, 'dark').slice(1), 16)
    pixels.data.set(group === 0 ? [0, 0, 0, 0] : [color >> 16, (color >> 8) & 255, color & 255, 130], at)
  }
  context.putImageData(pixels, 0, 0)
  canvas.dataset.painted = 'true'
}
