/** An endpoint in words, for messages. */
import type { Endpoint } from './host.ts'

export function endpointText(endpoint: Endpoint): string {
  return 'unix' in endpoint ? `The socket ${endpoint.unix}` : `TCP port ${endpoint.tcpPort}`
}
