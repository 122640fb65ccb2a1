/** Markdown as elements: what looks like HTML in it is text, and addresses are of the web only. */
import Markdown from 'react-markdown'
import gfm from 'remark-gfm'

const PLUGINS = [gfm]

export default function MarkdownText({ text }: { text: string }) {
  return (
    <div className="markdown anywhere">
      <Markdown remarkPlugins={PLUGINS} skipHtml={false} components={{ a: Away, img: Picture, h1: Deeper, input: Tick, table: Wide, pre: Code }}>{text}</Markdown>
    </div>
  )
}

interface Inside {
  children?: React.ReactNode
}

/** The page has its own h1. */
const Deeper = ({ children }: Inside) => <h2 className="large">{children}</h2>

const Wide = ({ children }: Inside) => <div className="scroll" tabIndex={0}><table className="plain">{children}</table></div>

const Code = ({ children }: Inside) => <div className="code"><pre tabIndex={0}>{children}</pre></div>

const Tick = ({ checked }: { checked?: boolean }) => <input type="checkbox" checked={checked === true} disabled readOnly aria-label={checked ? '☑' : '☐'} />

/** Whoever is linked to learns nothing of where the link stood. */
function Away({ href, children }: Inside & { href?: string }) {
  const own = href?.startsWith('/') || href?.startsWith('#')
  return own ? <a href={href}>{children}</a> : <a href={href} target="_blank" rel="noopener noreferrer nofollow">{children}</a>
}

const Picture = ({ src, alt }: { src?: string | Blob; alt?: string }) =>
  typeof src === 'string' && src !== '' ? <img src={src} alt={alt ?? ''} loading="lazy" referrerPolicy="no-referrer" /> : null
