/** The places that every promise of a host is asked of. */
import type { Host } from '../host.ts'
import { openLocalHost } from '../local.ts'
import { startServer, type TestServer, whyNoServer } from './servers.ts'

export interface Place {
  readonly name: string
  readonly skip: string | undefined
  start(): Promise<{ readonly host: Host; stop(): Promise<void> }>
}

const overSsh = (kind: 'dropbear' | 'openssh'): Place => ({
  name: `over SSH to ${kind}`,
  skip: whyNoServer(kind),
  async start() {
    const server: TestServer = await startServer(kind)
    const host = await server.connect()
    return {
      host,
      async stop() {
        await host.close()
        await server.stop()
      },
    }
  },
})

export const PLACES: readonly Place[] = [
  {
    name: 'on this machine',
    skip: undefined,
    start: async () => ({ host: openLocalHost(), stop: async () => {} }),
  },
  overSsh('dropbear'),
  overSsh('openssh'),
]

/** For `assert.rejects`: the failure has this code. */
export const coded = (code: string) => (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === code
