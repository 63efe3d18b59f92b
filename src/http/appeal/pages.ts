import { html } from 'hono/html'
import type { AppealStep } from '../../domain/abuse/appeal-page.ts'
import { APPEAL_LENGTH, describeSanction } from '../../domain/abuse/rules.ts'
import type { Sanction } from '../../domain/abuse/store.ts'
import { minuteText } from '../../lib/dates.ts'
import { alert, codeField, notice } from '../parts.ts'
import { shell, type Markup } from '../shell.ts'

const TITLE = 'Appeal'

/** Asks for a phone number. */
export function appealPhonePage(page: { error?: string | undefined; typed?: string }): Markup {
  return whole(
    html`<h1>Appeal against a ban or a limit</h1>
      ${alert(page.error)}
      <p>
        If your account is banned or limited and you think that this is wrong, say so here: a person will read
        it. First we have to know that the number is yours.
      </p>
      <form class="narrow" method="post" action="/appeal/phone">
        <div class="form-group">
          <label for="phone">Your phone number</label>
          <input
            type="tel"
            id="phone"
            name="phone"
            value="${page.typed ?? ''}"
            placeholder="+15550001111"
            autocomplete="tel"
            maxlength="64"
            required
            autofocus
          />
        </div>
        <div class="buttons"><button type="submit" class="btn btn-primary">Send me a code</button></div>
      </form>`,
  )
}

/** What comes after that. */
export function appealPage(step: AppealStep, error: string | undefined): Markup {
  if (step.kind === 'code') return whole(codePart(error))
  if (step.kind === 'nothing')
    return whole(
      html`<h1>Nothing is in force</h1>
        <p>No limits are applied to your account. You can sign in with any app.</p>`,
    )
  const { sanction, appeal } = step
  if (!appeal) return whole(textPart(sanction, error))
  return whole(
    html`<h1>Your appeal</h1>
      ${facts(sanction)}
      <h2>What you wrote</h2>
      <div class="terms">${appeal.text}</div>
      ${
        appeal.answer === null
          ? notice('Thank you. A person will read it, and the answer will stand here.')
          : html`<h2>The answer</h2>
              <div class="terms">${appeal.answer}</div>`
      }
      ${again()}`,
  )
}

/** It says the same whether there is something to appeal against or not. */
function codePart(error: string | undefined): Markup {
  return html`<h1>Enter the code</h1>
    ${alert(error)}
    <p>If a ban or a limit is in force for this number, a code is on its way to it, good for ten minutes.</p>
    <form class="narrow" method="post" action="/appeal/code">
      ${codeField('Code', 'numeric')}
      <div class="buttons">
        <button type="submit" class="btn btn-primary">Next</button>
        <a href="/appeal?again=1">Use another number</a>
      </div>
    </form>`
}

function textPart(sanction: Sanction, error: string | undefined): Markup {
  return html`<h1>Your appeal</h1>
    ${alert(error)} ${facts(sanction)}
    <form method="post" action="/appeal/text">
      <div class="form-group">
        <label for="text">Why do you think that this is wrong?</label>
        <textarea id="text" name="text" rows="7" maxlength="${APPEAL_LENGTH}" required autofocus></textarea>
        <p class="help-block">You can write once for each limit, so write all that matters.</p>
      </div>
      <div class="buttons"><button type="submit" class="btn btn-primary">Send</button></div>
    </form>`
}

function facts(sanction: Sanction): Markup {
  return html`<dl>
    <dt>What</dt>
    <dd>${describeSanction(sanction)}</dd>
    <dt>Since</dt>
    <dd>${minuteText(sanction.since)} UTC</dd>
    <dt>Reason</dt>
    <dd>${sanction.cause}</dd>
  </dl>`
}

function again(): Markup {
  return html`<p><a href="/appeal?again=1">Use another number</a></p>`
}

function whole(body: Markup): Markup {
  return shell({ title: TITLE, path: '/appeal', isSignedIn: false, body })
}
