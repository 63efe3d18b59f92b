import type { BenchRow } from './row.ts'

/** The rows as a table for a terminal and for docs/performance.md. */
export function formatTable(rows: readonly BenchRow[]): string {
  const cells = [
    ['name', 'value', 'unit', 'yardstick', 'ratio', 'goal'],
    ...rows.map((row) => [
      row.name,
      figure(row.value),
      row.unit,
      figure(row.yardstick),
      row.ratio.toFixed(2),
      row.goal ?? '',
    ]),
  ]
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)))
  const line = (cell: readonly string[]): string =>
    `| ${cell.map((text, i) => (isFigure(i) ? text.padStart(widths[i]!) : text.padEnd(widths[i]!))).join(' | ')} |`
  const rule = `| ${widths.map((width, i) => (isFigure(i) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`
  return [line(cells[0]!), rule, ...cells.slice(1).map(line)].join('\n')
}

function isFigure(column: number): boolean {
  return column === 1 || column === 3 || column === 4
}

/** Three significant digits. */
function figure(value: number): string {
  if (!Number.isFinite(value)) return '-'
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)))
  return Number(value.toPrecision(3)).toFixed(Math.min(digits, 2))
}
