/** Single requests to the servers of tests. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type Play, startServer } from './server.fixture.ts'
import { type Limits, LostConnection, type Server, Transport } from './transport.ts'

export const hello = '<soapenv:Body><CurrentTime/>'

export async function post(server: Server, options: { limits?: Partial<Limits>; signal?: AbortSignal } = {}) {
  const transport = new Transport(server, options.limits)
  try {
    return await transport.post(hello, {}, options.signal)
  } finally {
    transport.close()
  }
}

export const playing = (CurrentTime: Play) => startServer({ plays: { CurrentTime } })

export const lost = (message: RegExp, wasSent: boolean) => (error: unknown) => {
  assert.ok(error instanceof LostConnection, String(error))
  assert.equal(error.failure.code, 'vsphere-unreachable')
  assert.match(error.failure.message, message)
  assert.equal(error.wasSent, wasSent)
  return true
}

/** Accepts connections and says nothing. */
export async function startSilent() {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined).resume()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: new URL(`https://127.0.0.1:${port}/sdk`),
    sockets,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
