import { html, raw } from 'hono/html'
import type { Context } from '../../context.ts'
import { readNames } from '../../domain/accounts/search-store.ts'
import { mayDo, type Action } from '../../domain/admin/rights.ts'
import type { Markup } from '../shell.ts'
import type { ConsoleCall } from './call.ts'

/** What stands in a cell or a paragraph. */
export type Content = Markup | Awaited<Markup> | string | number

/** A table that becomes a list of cards where there is no room for its columns. */
export function table(
  caption: string,
  columns: readonly string[],
  rows: readonly (readonly Content[])[],
  nothing = 'Nothing here.',
): Markup {
  if (rows.length === 0) return html`<p class="quiet">${nothing}</p>`
  const head = columns.map((column) => html`<th role="columnheader" scope="col">${column}</th>`)
  const body = rows.map(
    (row) =>
      html`<tr role="row">
        ${row.map((cell, index) => html`<td role="cell" data-label="${columns[index]}"><div>${cell}</div></td>`)}
      </tr>`,
  )
  // Where the rows are shown as cards, browsers would not know any more that it is a table.
  return html`<table role="table">
    <caption>
      ${caption}
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        ${head}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${body}
    </tbody>
  </table>`
}

/** A form whose sender is known to have seen a page of ours; nothing where the viewer may not send it. */
export function form(
  call: ConsoleCall,
  action: {
    readonly needs: Action
    readonly path: string
    readonly button: string
    readonly isDanger?: boolean
  },
  fields: Content | readonly Content[] = '',
): Markup | '' {
  if (!mayDo(call.user.standing, action.needs)) return ''
  const kind = action.isDanger ? 'btn-danger' : 'btn-primary'
  return html`<form method="post" action="${action.path}">
    <input type="hidden" name="hash" value="${call.user.formHash}" />
    ${fields}
    <div class="buttons"><button type="submit" class="btn ${kind}">${action.button}</button></div>
  </form>`
}

/** A line of text that is asked for. */
export function textField(name: string, label: string, more: FieldOptions = {}): Markup {
  const { value = '', max = 200, help, isOptional = false } = more
  const id = `f-${more.id ?? name}`
  return html`<div class="form-group">
    <label for="${id}">${label}</label>
    <input
      type="text"
      id="${id}"
      name="${name}"
      value="${value}"
      maxlength="${max}"
      autocapitalize="off"
      ${help === undefined ? '' : raw(`aria-describedby="${id}-help"`)}
      ${isOptional ? '' : raw('required')}
    />
    ${help === undefined ? '' : html`<p class="help-block" id="${id}-help">${help}</p>`}
  </div>`
}

/** Several lines that are asked for. */
export function textArea(name: string, label: string, more: FieldOptions & { rows?: number } = {}): Markup {
  const { value = '', max = 2000, rows = 4, isOptional = false } = more
  const id = `f-${more.id ?? name}`
  return html`<div class="form-group">
    <label for="${id}">${label}</label>
    ${exact`<textarea id="${id}" name="${name}" rows="${rows}" maxlength="${max}" ${isOptional ? '' : raw('required')}>
${value}</textarea>`}
  </div>`
}

/** The formatter leaves the line breaks of these parts alone. */
const exact = html

interface FieldOptions {
  readonly id?: string
  readonly value?: string
  readonly max?: number
  readonly help?: string
  readonly isOptional?: boolean
}

/** One of several things. */
export function choice(
  name: string,
  label: string,
  options: readonly (readonly [value: string, text: string])[],
  more: { id?: string; chosen?: string } = {},
): Markup {
  const id = `f-${more.id ?? name}`
  return html`<div class="form-group">
    <label for="${id}">${label}</label>
    <select id="${id}" name="${name}">
      ${options.map(
        ([value, text]) =>
          html`<option value="${value}" ${value === more.chosen ? raw('selected') : ''}>${text}</option>`,
      )}
    </select>
  </div>`
}

/** A box to tick. */
export function tick(name: string, label: string, isChecked = false): Markup {
  return html`<label class="check"
    ><input type="checkbox" name="${name}" value="1" ${isChecked ? raw('checked') : ''} />
    <span>${label}</span></label
  >`
}

/** Names and what they stand for, but for those that stand for nothing. */
export function facts(pairs: readonly (readonly [string, Content])[]): Markup {
  return html`<dl>
    ${pairs
      .filter(([, value]) => value !== '')
      .map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
      )}
  </dl>`
}

/** A moment, in UTC. */
export function moment(sec: number | null): Content {
  if (sec === null) return 'until lifted'
  const iso = new Date(sec * 1000).toISOString()
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')}</time>`
}

/** Text as it was written, line by line. */
export function prose(text: string): Markup {
  return html`<div class="prose">${text}</div>`
}

/** A link to what comes after the last of a list, when the list is full. */
export function older(path: string, last: number | undefined, isFull: boolean): Markup | '' {
  if (!isFull || last === undefined) return ''
  const mark = path.includes('?') ? '&' : '?'
  return html`<p><a href="${path}${mark}before=${last}">Older</a></p>`
}

/** How each of these users is called, as links to their pages. */
export async function people(
  ctx: Context,
  ids: readonly (number | null | undefined)[],
): Promise<(id: number | null | undefined) => Content> {
  const known = ids.filter((id) => typeof id === 'number' && id > 0) as number[]
  const names = await readNames(ctx.db, known)
  return (id) => {
    if (id === null || id === undefined) return 'nobody'
    const { name, username } = names.get(id) ?? {}
    if (name === undefined) return String(id)
    const shown = name === '' ? `#${id}` : name
    return html`<a href="/admin/users/${id}">${shown}</a
      >${username ? html` <span class="quiet">@${username}</span>` : ''}`
  }
}

/** A word that stands out. */
export function badge(text: string, kind: 'good' | 'bad' | 'plain' = 'plain'): Markup {
  return html`<span class="badge ${kind}">${text}</span>`
}
