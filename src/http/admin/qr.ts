import { html, raw } from 'hono/html'
import { encode } from 'uqr'
import type { Markup } from '../shell.ts'

/** A QR code as a picture in the page. */
export function qrCode(text: string, title: string): Markup {
  const { data, size } = encode(text, { ecc: 'M', border: 4 })
  const squares = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])))
  return html`<svg class="qr" viewBox="0 0 ${size} ${size}" role="img" shape-rendering="crispEdges">
    <title>${title}</title>
    <path fill="#000" d="${raw(squares.join(''))}" />
  </svg>`
}
