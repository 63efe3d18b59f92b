import { html, raw } from 'hono/html'
import { DESCRIPTION_LENGTH, TITLE_LENGTH, URL_LENGTH } from '../../domain/apps/limits.ts'
import type { AppForm } from '../../domain/apps/own.ts'
import { PLATFORMS } from '../../domain/apps/text.ts'
import type { Markup } from '../shell.ts'

/** The tag of page parts that programs look at letter by letter: the formatter leaves their line breaks alone. */
export const exact = html

/** The hash that keeps others from sending a form. Programs cut it out between exactly these letters. */
export function formHash(hash: string): Markup {
  return exact`<input type="hidden" name="hash" value="${hash}"/>`
}

/** The fields in which an app is described. */
export function appFields(app: AppForm, shortNamePattern = '[A-Za-z0-9]{5,32}'): Markup {
  return html`<div class="form-group">
      <label for="app_title" class="col-md-4 text-right control-label">App title:</label>
      <div class="col-md-7">
        <input
          type="text"
          class="form-control input-xlarge"
          id="app_title"
          name="app_title"
          value="${app.title}"
          maxlength="${TITLE_LENGTH}"
          required
        />
      </div>
    </div>
    <div class="form-group">
      <label for="app_shortname" class="col-md-4 text-right control-label">Short name:</label>
      <div class="col-md-7">
        <input
          type="text"
          class="form-control input-xlarge"
          id="app_shortname"
          name="app_shortname"
          value="${app.shortName}"
          pattern="${shortNamePattern}"
          maxlength="32"
          autocapitalize="off"
          spellcheck="false"
          aria-describedby="app_shortname_help"
          required
        />
        <p class="help-block" id="app_shortname_help">5 to 32 letters and digits</p>
      </div>
    </div>
    <div class="form-group">
      <label for="app_url" class="col-md-4 text-right control-label">URL:</label>
      <div class="col-md-7">
        <input
          type="text"
          inputmode="url"
          class="form-control input-xlarge"
          id="app_url"
          name="app_url"
          value="${app.url}"
          maxlength="${URL_LENGTH}"
          autocapitalize="off"
          spellcheck="false"
        />
      </div>
    </div>
    ${platforms(app.platform)}
    <div class="form-group">
      <label for="app_desc" class="col-md-4 text-right control-label">Description:</label>
      <div class="col-md-7">
        <textarea
          class="form-control input-xlarge"
          id="app_desc"
          name="app_desc"
          rows="4"
          maxlength="${DESCRIPTION_LENGTH}"
        >
${app.description}</textarea>
      </div>
    </div>`
}

function platforms(chosen: string): Markup {
  const choices = [...PLATFORMS].map(
    ([name, title]) =>
      html`<label class="check"
        ><input type="radio" name="app_platform" value="${name}" ${name === chosen ? raw('checked') : ''} />
        ${title}</label
      >`,
  )
  return html`<fieldset class="form-group">
    <legend>Platform:</legend>
    <div class="checks col-md-7">${choices}</div>
  </fieldset>`
}
