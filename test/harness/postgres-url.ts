/** The URL of another database of the same PostgreSQL. */
export function databaseUrl(url: string, name: string): string {
  return url.replace(/\/[^/?]*\?/, `/${name}?`)
}
