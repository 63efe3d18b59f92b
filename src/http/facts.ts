/** What anybody may know of this server: the body of /.well-known/chappe.json. */
export interface PublicFacts {
  readonly version: string
  readonly layer: number
  readonly url: string
  readonly thisDc: number
  readonly dcs: readonly { readonly id: number; readonly host: string; readonly port: number }[]
  readonly publicKey: string
  readonly fingerprint: string
}
