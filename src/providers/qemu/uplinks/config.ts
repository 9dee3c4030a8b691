/** The file that tells a process of ours which uplink it serves; written by us, so damage is all that can be wrong. */
import type { NatSpec } from './nat-filter.ts'
import type { TunnelSpec } from './tunnel.ts'

export type ServeConfig = { readonly version: 1; readonly socket: string } & (
  | ({ readonly kind: 'nat'; readonly natSocket: string } & NatSpec)
  | ({ readonly kind: 'tunnel' } & TunnelSpec)
)

export function parseServeConfig(text: string): ServeConfig {
  const value = JSON.parse(text) as Partial<ServeConfig>
  const known = value.version === 1 && (value.kind === 'nat' || value.kind === 'tunnel')
  if (!known || typeof value.socket !== 'string') throw new Error('the configuration is damaged')
  return value as ServeConfig
}
