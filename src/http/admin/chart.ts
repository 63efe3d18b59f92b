import { html } from 'hono/html'
import type { Markup } from '../shell.ts'

/** What a chart shows: values over time, the oldest first. */
export interface Chart {
  readonly title: string
  readonly unit: string
  readonly points: readonly { readonly atMs: number; readonly value: number }[]
}

const WIDTH = 300
const HEIGHT = 60
/** Room for the width of the line. */
const EDGE = 2

/** A line over time, with the last value, the lowest and the highest as text. It begins at zero, so that nothing looks worse than it is. */
export function chart({ title, unit, points }: Chart): Markup {
  const values = points.map((point) => point.value)
  const last = values.at(-1)
  if (last === undefined)
    return html`<section class="chart">
      <h3>${title}</h3>
      <p>–</p>
      <p class="range">nothing to measure yet</p>
    </section>`
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const range = `from ${shown(low)} to ${shown(high)}${unit}`
  const line = lineOf(points, high)
  return html`<section class="chart">
    <h3>${title}</h3>
    <p>${shown(last)}${unit}</p>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img">
      <title>${title}</title>
      <desc>Now ${shown(last)}${unit}; ${range}.</desc>
      <path
        fill="currentColor"
        fill-opacity="0.14"
        d="M${EDGE} ${HEIGHT}L${line}L${WIDTH - EDGE} ${HEIGHT}Z"
      />
      <polyline
        fill="none"
        stroke="currentColor"
        stroke-width="1.5"
        vector-effect="non-scaling-stroke"
        points="${line}"
      />
    </svg>
    <p class="range">${range}</p>
  </section>`
}

function lineOf(points: Chart['points'], high: number): string {
  const [first, last] = [points[0]!.atMs, points.at(-1)!.atMs]
  const duration = Math.max(last - first, 1)
  const place = ({ atMs, value }: Chart['points'][number]): string => {
    const x = EDGE + ((atMs - first) / duration) * (WIDTH - 2 * EDGE)
    const y = HEIGHT - EDGE - (high > 0 ? value / high : 0) * (HEIGHT - 2 * EDGE)
    return `${x.toFixed(1)} ${y.toFixed(1)}`
  }
  // One value alone is a level line.
  if (points.length === 1) {
    const [, y = ''] = place(points[0]!).split(' ')
    return `${EDGE} ${y} ${WIDTH - EDGE} ${y}`
  }
  return points.map(place).join(' ')
}

function shown(value: number): string {
  const digits = value >= 100 || Number.isInteger(value) ? 0 : value >= 10 ? 1 : 2
  return value.toLocaleString('en', { maximumFractionDigits: digits })
}
