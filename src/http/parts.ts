import { html } from 'hono/html'
import type { Markup } from './shell.ts'

/** What went wrong, where something did. */
export function alert(error: string | undefined): Markup | '' {
  return error === undefined ? '' : html`<p class="alert alert-danger" role="alert">${error}</p>`
}

/** What went well, where something did. */
export function notice(text: string | undefined): Markup | '' {
  return text === undefined ? '' : html`<p class="alert alert-success" role="status">${text}</p>`
}

/** Fields of a form that are not seen. */
export function hidden(fields: Readonly<Record<string, string>>): Markup[] {
  return Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  )
}
