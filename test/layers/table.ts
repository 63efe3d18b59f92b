import { STEPS } from './scenario.ts'
import type { ClientSpec } from './clients.ts'
import type { Outcome } from './errand.ts'

const HEAD = `# Clients of other layers

Written by \`npm run test:layers -- --write\`. Each client is run as its package ships it, pointed at a server of its own run,
and talks with @mtcute/node 0.30.3 (layer 227). What the other side sees is asserted. The steps are:
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
