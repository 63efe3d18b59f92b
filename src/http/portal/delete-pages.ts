import { html, raw } from 'hono/html'
import type { Visitor } from '../../domain/portal/sign-in.ts'
import { alert, hidden } from '../parts.ts'
import { shell, type Markup } from '../shell.ts'
import { formHash } from './app-form.ts'

const TITLE = 'Delete Your Account'

/** Asks whether an account is really to be deleted. Programs take the hash from where a script of the page would have it. */
export function deletePage(page: { visitor: Visitor; error?: string; message?: string }): Markup {
  const { visitor } = page
  const forPrograms = raw(`<!-- hash: '${visitor.formHash}', message: '' -->`)
  const body = html`<h1>${TITLE}</h1>
    ${alert(page.error)}
    <p>
      This deletes the account of <strong>${visitor.firstName}</strong>, +${visitor.phone}, for good: its
      messages, chats and contacts go, and nobody can bring them back. What you wrote stays with those to whom
      you wrote. Your number can sign up again, as somebody new.
    </p>
    ${forPrograms}
    <form id="my_delete_form" method="post" action="/delete/do_delete">
      ${formHash(visitor.formHash)}${hidden({ via: 'page' })}
      <div class="form-group">
        <label for="delete_message">Why do you leave? (optional)</label>
        <textarea id="delete_message" name="message" rows="3" maxlength="500">${page.message ?? ''}</textarea>
      </div>
      <label class="check"
        ><input type="checkbox" name="confirm" value="1" required />
        <span>I understand that this cannot be undone.</span></label
      >
      <div class="buttons">
        <button type="submit" class="btn btn-danger">Delete my account</button>
        <a href="/">Keep it</a>
      </div>
    </form>`
  return shell({ title: TITLE, path: '/delete', isSignedIn: true, body })
}

/** Says goodbye. */
export function deletedPage(): Markup {
  const body = html`<h1>Your account is deleted</h1>
    <p>You are signed out everywhere. Thank you for having been here.</p>
    <p><a href="/">About this server</a></p>`
  return shell({ title: 'Account deleted', path: '/delete', isSignedIn: false, body })
}
