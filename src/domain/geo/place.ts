import type { Context } from '../../context.ts'

/** The English name of a country; '' for none. */
export function countryName(code: string): string {
  return code === '' ? '' : (new Intl.DisplayNames(['en'], { type: 'region' }).of(code) ?? code)
}

/** Where an address is, as people read it: `Bavaria, Germany (IP = 192.0.2.1)`. */
export async function placeText(ctx: Context, ip: string): Promise<string> {
  const { countryCode, region } = await ctx.geo.locate(ip)
  const places = [region, countryName(countryCode)].filter(Boolean).join(', ')
  return places === '' ? `IP = ${ip || 'unknown'}` : `${places} (IP = ${ip})`
}
