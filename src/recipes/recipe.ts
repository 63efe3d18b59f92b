/** All that a client must be told to talk to one server. */
export interface Target {
  readonly dc: number
  readonly host: string
  readonly port: number
  /** Every datacenter; often this one alone. */
  readonly dcs: readonly {
    readonly id: number
    readonly host: string
    readonly port: number
    /** Where it is another one than this server's. */
    readonly publicKey?: string
  }[]
  /** PKCS#1, with a line feed at the end. */
  readonly publicKey: string
  /** Signed, as most libraries index their keys. */
  readonly fingerprint: bigint
  readonly modulus: bigint
  readonly exponent: number
  readonly apiId: number
  readonly apiHash: string
  /** Where the server keeps its data, for commands that the text names. */
  readonly dataDir: string
}

/** How one client or library is pointed at a server. */
export interface Recipe {
  readonly name: string
  /** Other names that people look for it under. */
  readonly also: readonly string[]
  /** One line for the list. */
  readonly title: string
  /** What to paste, with the server's own values in it. */
  print(target: Target): string
}

/** The lines that stand above the code, as comments of its language. */
export function head(comment: string, target: Target, lines: readonly string[]): string {
  const missing = `api_id and api_hash: npx chappe app create --data ${target.dataDir} --title Mine --short-name mine`
  const foreign = target.dcs.filter((dc) => dc.publicKey && dc.publicKey.trim() !== target.publicKey.trim())
  const keys = foreign.map(
    (dc) => `DC ${dc.id} has a public key of its own (server.json): add it in the same way`,
  )
  const all = [...lines, ...keys, ...(target.apiId > 0 ? [] : [missing])]
  return all.map((line) => `${comment} ${line}`.trimEnd()).join('\n')
}
