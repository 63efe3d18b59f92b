import { tl } from '../tl/factories.ts'
import type * as T from '../tl/schema.d.ts'

/** A version of the terms. */
export interface ShownTerms {
  readonly text: string
  readonly entities: readonly T.MessageEntity[]
  readonly minAge: number | undefined
  readonly isPopup: boolean
}

/** Terms of service; `id` is what a client gives back. https://core.telegram.org/constructor/help.termsOfService */
export function termsView(id: string, terms: ShownTerms): T.help.termsOfService {
  return tl['help.termsOfService']({
    popup: terms.isPopup,
    id: tl.dataJSON({ data: id }),
    text: terms.text,
    entities: [...terms.entities],
    minAgeConfirm: terms.minAge,
  })
}
