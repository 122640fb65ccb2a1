/** The little of it that is used. */
declare module 'plotly.js-strict-dist-min' {
  const Plotly: { newPlot: (place: HTMLElement, data: unknown, layout: unknown, choices: unknown) => Promise<unknown> }
  export default Plotly
}
