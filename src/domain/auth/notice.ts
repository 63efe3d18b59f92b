import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'

/** A text with parts set apart, as it is put together. */
export class Notice {
  text = ''
  readonly entities: T.MessageEntity[] = []

  add(part: string): this {
    this.text += part
    return this
  }

  bold(part: string): this {
    this.entities.push(tl.messageEntityBold({ offset: this.text.length, length: part.length }))
    return this.add(part)
  }
}
