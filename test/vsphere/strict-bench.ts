/** The strict simulator of a vCenter or ESXi host, started for a test. */

import { openSdk, type Sdk, type SdkOptions } from '../../src/providers/sim/sdk/index.ts'
import { Connection, type Credentials } from '../../src/providers/vsphere/soap/connection.ts'

/** API versions at which something changes that we rely on. */
export const borders = ['5.5', '6.0', '6.5', '6.7', '7.0.0.0', '8.0.0.1', '8.0.3.0', '9.0.0.0'] as const

export interface Strict extends Sdk {
  readonly kind: SdkOptions['kind']
  readonly user: string
  readonly password: string
}

export const credentials: Credentials & { readonly user: string } = {
  user: 'tester@lab.example',
  password: async () => 'Secret-of-the-test!',
}

/** Ends with `await using`. Plain HTTP unless a test is about certificates. */
export async function startStrict(options: Partial<SdkOptions> = {}): Promise<Strict & AsyncDisposable> {
  const own = { user: credentials.user, password: await credentials.password() }
  const whole = { kind: 'vcenter' as const, apiVersion: '8.0.3.0', ...own, ...options }
  const sdk = await openSdk(whole)
  return { ...sdk, ...own, kind: whole.kind, [Symbol.asyncDispose]: () => sdk.close() }
}

/** A session of our client. Ends with `await using`. */
export async function connected(
  strict: Strict,
  onCall: (method: string) => void = () => {},
): Promise<{ readonly connection: Connection } & AsyncDisposable> {
  const { url, fingerprint } = strict
  const connection = await Connection.open({
    server: { url, ...(fingerprint !== undefined && { fingerprint }) },
    credentials,
    onCall: (method) => onCall(method),
  })
  return { connection, [Symbol.asyncDispose]: () => connection.close() }
}
