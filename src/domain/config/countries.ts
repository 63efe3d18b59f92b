import {
  getCountries,
  getCountryCallingCode,
  getExampleNumber,
  Metadata,
  type CountryCode,
} from 'libphonenumber-js'
import examples from 'libphonenumber-js/mobile/examples'
import { memoised } from '../../lib/memo.ts'
import { tl } from '../../tl/factories.ts'
import type * as T from '../../tl/schema.d.ts'
import { textHash } from './hash.ts'

/** Leading digits that tell countries of one calling code apart, as far as they can be written out. */
const DIGITS_ONLY = /^\d+(\|\d+)*$/
const LANGUAGE = /^[a-z]{2,3}(-[a-z0-9]{2,8})?$/i

/** Languages for which the list is kept. */
const KEPT_LANGUAGES = 32

/**
 * Every country with its calling code, its prefixes and how a mobile number is spaced; names also in the
 * client's language. https://core.telegram.org/method/help.getCountriesList
 */
export function countriesList(langCode: string, knownHash: number): T.help.CountriesList {
  const [language] = LANGUAGE.test(langCode) ? Intl.DisplayNames.supportedLocalesOf([langCode]) : []
  const list = listIn(language ?? 'en')
  return list.hash === knownHash ? tl['help.countriesListNotModified']() : list
}

const listIn = memoised(KEPT_LANGUAGES, makeList)

function makeList(language: string): T.help.countriesList {
  const english = names('en')
  const local = names(language)
  const codes = getCountries()
  const metadata = new Metadata()
  const countries = codes
    .map((iso2) => {
      const defaultName = english(iso2)
      const name = local(iso2)
      return tl['help.country']({
        iso2,
        defaultName,
        name: name === defaultName ? undefined : name,
        countryCodes: [countryCode(iso2, metadata)],
      })
    })
    .sort((a, b) => a.defaultName.localeCompare(b.defaultName, 'en'))
  const hash = textHash(codes.map((code) => `${code} ${local(code)}`).join('\n'))
  return tl['help.countriesList']({ countries, hash })
}

function names(language: string): (iso2: CountryCode) => string {
  const display = new Intl.DisplayNames([language, 'en'], { type: 'region' })
  return (iso2) => display.of(iso2) ?? iso2
}

function countryCode(iso2: CountryCode, metadata: Metadata): T.help.countryCode {
  const code = getCountryCallingCode(iso2)
  metadata.selectNumberingPlan(iso2)
  const leading = leadingDigits(metadata)
  const example = getExampleNumber(iso2, examples)
  const pattern = example
    ?.formatInternational()
    .slice(code.length + 2)
    .replace(/\d/g, 'X')
  return tl['help.countryCode']({
    countryCode: code,
    prefixes: leading && DIGITS_ONLY.test(leading) ? leading.split('|') : undefined,
    patterns: pattern === undefined ? undefined : [pattern],
  })
}

/** The digits that numbers of a country begin with, where another country shares its calling code. */
function leadingDigits(metadata: Metadata): string | undefined {
  const { numberingPlan } = metadata as unknown as { numberingPlan?: { leadingDigits(): string | undefined } }
  return numberingPlan?.leadingDigits() // The package's types leave this part of its metadata out.
}
