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

/** A code that is asked for: of digits, or of any characters. */
export function codeField(label: string, mode: 'numeric' | 'text'): Markup {
  return html`<div class="form-group">
    <label for="code">${label}</label>
    <input
      type="text"
      inputmode="${mode}"
      class="code"
      id="code"
      name="code"
      autocomplete="one-time-code"
      autocapitalize="off"
      spellcheck="false"
      maxlength="64"
      required
      autofocus
    />
  </div>`
}

/** Fields of a form that are not seen. */
export function hidden(fields: Readonly<Record<string, string>>): Markup[] {
  return Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  )
}
