import { html } from 'hono/html'
import { ConsoleError } from '../../domain/admin/admins.ts'
import { TERMS_LENGTH } from '../../domain/apps/limits.ts'
import { readAllApiTerms } from '../../domain/apps/store.ts'
import { currentApiTerms, setApiTerms } from '../../domain/apps/terms.ts'
import { AppError } from '../../domain/apps/text.ts'
import { currentTerms, listTerms, setTerms, TermsError } from '../../domain/terms/terms.ts'
import type { Markup } from '../shell.ts'
import { words, type ConsoleCall, type ConsoleDeed, type ConsolePage } from './call.ts'
import { form, moment, prose, textArea, textField, tick } from './parts.ts'

const LISTED = 50

export const TERMS_PAGES: readonly ConsolePage[] = [
  { path: '/admin/terms', needs: 'see terms', title: 'Terms', show: showTerms },
]

export const TERMS_DEEDS: readonly ConsoleDeed[] = [
  {
    path: '/admin/terms/set',
    needs: 'set terms',
    prepare(call) {
      const markup = words(call, 'text', { label: 'The text', max: TERMS_LENGTH })
      const typedAge = call.field('min-age').trim()
      if (!/^\d{0,3}$/.test(typedAge)) throw new ConsoleError('A minimum age is a number.')
      const minAge = typedAge === '' ? undefined : Number(typedAge)
      const isPopup = call.field('popup') === '1'
      return {
        subject: 'terms',
        details: { minAge, isPopup, text: markup },
        run: () => asked(setTerms(call.ctx, { markup, minAge, isPopup })),
        to: '/admin/terms',
      }
    },
  },
  {
    path: '/admin/terms/set-api',
    needs: 'set API terms',
    prepare(call) {
      const text = words(call, 'text', { label: 'The text', max: TERMS_LENGTH })
      return {
        subject: 'API terms',
        details: { text },
        run: () => asked(setApiTerms(call.ctx, text)),
        to: '/admin/terms',
      }
    },
  },
]

/** What is wrong with a text is told to whoever wrote it. */
async function asked<R>(setting: Promise<R>): Promise<R> {
  return await setting.catch((error: unknown) => {
    if (error instanceof TermsError || error instanceof AppError) throw new ConsoleError(`${error.message}.`)
    throw error
  })
}

async function showTerms(call: ConsoleCall): Promise<Markup> {
  const { ctx } = call
  const [current, versions, apiCurrent, apiVersions] = await Promise.all([
    currentTerms(ctx),
    listTerms(ctx),
    currentApiTerms(ctx),
    readAllApiTerms(ctx.db, LISTED),
  ])
  const minAge = current.minAge === undefined ? '' : String(current.minAge)
  return html`<h1>Terms</h1>
    <h2>Terms of service</h2>
    <p>
      Version ${current.version} is in force. Who signs up agrees to them; when they change, everybody is
      asked, and may decline and leave.
    </p>
    ${prose(current.text)}
    ${editor(
      form(
        call,
        { needs: 'set terms', path: '/admin/terms/set', button: 'Put in force' },
        html`${textArea('text', 'Text, with # headings, **bold** and [links](https://…)', {
          id: 'terms',
          value: current.text,
          max: TERMS_LENGTH,
          rows: 14,
        })}
        ${textField('min-age', 'Minimum age (may stay empty)', { value: minAge, max: 3, isOptional: true })}
        ${tick('popup', 'Clients show the text before anything else', current.isPopup)}`,
      ),
    )}
    ${versionList(versions)}
    <h2>API terms</h2>
    <p>Version ${apiCurrent.version} is in force. Who registers an app agrees to them.</p>
    ${prose(apiCurrent.text)}
    ${editor(
      form(
        call,
        { needs: 'set API terms', path: '/admin/terms/set-api', button: 'Put in force' },
        textArea('text', 'Text, with an empty line between paragraphs', {
          id: 'api-terms',
          value: apiCurrent.text,
          max: TERMS_LENGTH,
          rows: 14,
        }),
      ),
    )}
    ${versionList(apiVersions)}`
}

function editor(fields: Markup | ''): Markup | '' {
  if (fields === '') return ''
  return html`<details>
    <summary>Write a new version</summary>
    ${fields}
  </details>`
}

function versionList(
  versions: readonly { readonly version: number; readonly text: string; readonly createdAt: number }[],
): Markup[] {
  return versions.map(
    (each) =>
      html`<details>
        <summary>Version ${each.version}, ${moment(each.createdAt)}</summary>
        ${prose(each.text)}
      </details>`,
  )
}
