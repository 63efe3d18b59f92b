import type * as T from '../../tl/schema.d.ts'

/** What somebody is accused of. Layers up to 188 know these, by the names of ReportReason. */
export type Reason =
  | 'spam'
  | 'fake'
  | 'violence'
  | 'pornography'
  | 'child abuse'
  | 'illegal drugs'
  | 'personal details'
  | 'copyright'
  | 'geo irrelevant'
  | 'other'

const REASONS: Readonly<Record<T.ReportReason['_'], Reason>> = {
  inputReportReasonSpam: 'spam',
  inputReportReasonFake: 'fake',
  inputReportReasonViolence: 'violence',
  inputReportReasonPornography: 'pornography',
  inputReportReasonChildAbuse: 'child abuse',
  inputReportReasonIllegalDrugs: 'illegal drugs',
  inputReportReasonPersonalDetails: 'personal details',
  inputReportReasonCopyright: 'copyright',
  inputReportReasonGeoIrrelevant: 'geo irrelevant',
  inputReportReasonOther: 'other',
}

/** The reason that a ReportReason names. */
export function reasonOf(reason: T.ReportReason): Reason {
  return REASONS[reason._]
}

/** One entry of the menu that a client shows to whoever reports. */
export interface Option {
  /** Sent back by the client: letters and dots. */
  readonly id: string
  readonly text: string
  readonly choices?: readonly Option[]
  readonly reason?: Reason
  /** Whether a comment is asked for, and whether the report can go without. */
  readonly comment?: 'optional' | 'required'
}

/** The whole menu. https://core.telegram.org/constructor/reportResultChooseOption */
const MENU: Option = {
  id: '',
  text: 'Report',
  choices: [
    { id: 'dislike', text: 'I don’t like it', reason: 'other', comment: 'optional' },
    {
      id: 'child',
      text: 'Child abuse',
      choices: [
        { id: 'child.sexual', text: 'Sexual abuse of a child', reason: 'child abuse' },
        { id: 'child.physical', text: 'Physical abuse of a child', reason: 'child abuse' },
      ],
    },
    {
      id: 'violence',
      text: 'Violence',
      choices: [
        { id: 'violence.threat', text: 'Insults or threats', reason: 'violence', comment: 'optional' },
        { id: 'violence.graphic', text: 'Disturbing or graphic content', reason: 'violence' },
        { id: 'violence.extremism', text: 'Extremism or terrorism', reason: 'violence', comment: 'optional' },
        { id: 'violence.hate', text: 'Hate speech or symbols', reason: 'violence', comment: 'optional' },
      ],
    },
    {
      id: 'illegal',
      text: 'Illegal goods and services',
      choices: [
        { id: 'illegal.drugs', text: 'Drugs', reason: 'illegal drugs' },
        { id: 'illegal.weapons', text: 'Weapons', reason: 'violence' },
        { id: 'illegal.documents', text: 'Forged documents or money', reason: 'fake', comment: 'optional' },
        { id: 'illegal.other', text: 'Something else', reason: 'other', comment: 'required' },
      ],
    },
    { id: 'adult', text: 'Unwanted sexual content', reason: 'pornography', comment: 'optional' },
    { id: 'personal', text: 'Personal data', reason: 'personal details', comment: 'optional' },
    {
      id: 'scam',
      text: 'Scam or fraud',
      choices: [
        {
          id: 'scam.impersonation',
          text: 'Pretending to be somebody else',
          reason: 'fake',
          comment: 'optional',
        },
        { id: 'scam.phishing', text: 'Stealing codes or passwords', reason: 'fake' },
        { id: 'scam.sale', text: 'Deceptive offers', reason: 'fake', comment: 'optional' },
      ],
    },
    { id: 'copyright', text: 'Copyright', reason: 'copyright', comment: 'required' },
    { id: 'spam', text: 'Spam', reason: 'spam' },
    { id: 'other', text: 'Something else', reason: 'other', comment: 'required' },
  ],
}

/** What a report can end in without a menu: the reasons that clients of layers up to 188 choose from. */
const PLAIN: readonly Option[] = Object.entries(REASONS).map(([id, reason]) => ({ id, text: reason, reason }))

/** The entry with this id; undefined when there is none. */
export function findOption(id: string): Option | undefined {
  return findIn([MENU, ...PLAIN], id)
}

function findIn(options: readonly Option[], id: string): Option | undefined {
  for (const option of options) {
    const found = option.id === id ? option : findIn(option.choices ?? [], id)
    if (found) return found
  }
  return undefined
}
