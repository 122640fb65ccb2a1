/** Keeps a page that broke from taking the rest along. */
import { Component, type ReactNode } from 'react'
import { Failed } from './states'

interface Props {
  /** Where one is: another place is another try, and nothing else begins anew. */
  place: string
  children: ReactNode
}

export class Boundary extends Component<Props, { error: unknown }> {
  override state = { error: null as unknown }

  static getDerivedStateFromError(error: unknown) {
    return { error }
  }

  override componentDidUpdate(before: Props) {
    if (before.place !== this.props.place && this.state.error !== null) this.setState({ error: null })
  }

  override render() {
    if (this.state.error === null) return this.props.children
    return <Failed error={this.state.error} again={() => window.location.reload()} />
  }
}
