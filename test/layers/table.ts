import type { ClientSpec } from './clients.ts'
import type { Outcome } from './errand.ts'
import { STEPS } from './scenario.ts'

const HEAD = `# Clients of other layers

Written by \`npm run test:layers -- --write\`, which takes five minutes or more, and installs some 900 MB the first time. Each
client runs as its package ships it (but the oldest GramJS, which cannot write all that it knows: see test/layers/install.ts and gramjs.ts) and
talks with @mtcute/node 0.30.3 (layer 227), each in a new account. What the other side sees is asserted in these steps:
${STEPS.map(({ name }) => name).join(', ')}.

| layer | client | package | result |
|---|---|---|---|
`

/** docs/clients.md. */
export function clientsDocument(results: readonly { spec: ClientSpec; outcome: Outcome }[]): string {
  const rows = results.map(({ spec, outcome }) => {
    const result = outcome.failures.length === 0 ? 'all steps' : `fails at ${failedSteps(outcome)}`
    return `| ${spec.layer} | ${spec.family} | \`${spec.release}\` | ${result} |\n`
  })
  return HEAD + rows.join('')
}

function failedSteps({ failures }: Outcome): string {
  return failures.map(({ step }) => step).join(', ')
}
