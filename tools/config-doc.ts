import { environmentName, OPTIONS } from '../src/config.ts'

/** docs/config.md: every option, from the data that the server itself reads. */
export function configDocument(): string {
  const rows = OPTIONS.map(
    (option) =>
      `| \`--${option.name} ${option.value.replaceAll('|', '\\|')}\` | \`${environmentName(option.name)}\` | ${option.fallback} | ${option.help} |`,
  )
  return `# Options

Made by \`npm run docs\`. A flag goes after \`--\`: \`npm start -- --data DIR\`. An environment variable says the same; the
flag wins.

| flag | environment | default | meaning |
|---|---|---|---|
${rows.join('\n')}
`
}
