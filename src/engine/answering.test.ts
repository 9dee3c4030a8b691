import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type Socket, connect as tcpConnect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { firstWord } from './answering.ts'

const clock = {
  nowMs: Date.now,
  sleep: (ms: number, signal?: AbortSignal) => sleep(ms, undefined, signal ? { signal } : {}),
}
const never = new AbortController().signal

/** A server on loopback that does with its n-th connection what `serve` says. */
async function server(t: { after(clean: () => void): void }, serve: (socket: Socket, count: number) => void) {
  let count = 0
  const sockets = new Set<Socket>()
  const listening = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    count += 1
    serve(socket, count)
  })
  listening.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    listening.close()
  })
  const { port } = listening.address() as AddressInfo
  const connect = async () => {
    const socket = tcpConnect(port, '127.0.0.1')
    await once(socket, 'connect')
    return socket
  }
  return { connect, count: () => count, sockets }
}

test('the connection that speaks first is handed over with its first word unread', async (t) => {
  const { connect } = await server(t, (socket) => socket.write('SSH-2.0-test\r\n'))
  const stream = await firstWord(connect, { clock, signal: never })
  const [chunk] = await once(stream, 'data')
  assert.equal(String(chunk), 'SSH-2.0-test\r\n')
  stream.destroy()
})

test('a connection that was accepted and stays silent does not delay the one that answers', async (t) => {
  const { connect, count, sockets } = await server(t, (socket, nth) => {
    if (nth === 3) socket.write('SSH-2.0-third')
  })
  const stream = await firstWord(connect, { clock, signal: never })
  const [chunk] = await once(stream, 'data')
  assert.equal(String(chunk), 'SSH-2.0-third')
  assert.ok(count() >= 3)
  while (sockets.size > 1) await sleep(5)
  stream.destroy()
})

test('connections that are closed without a word, or refused, are tried again', async (t) => {
  const { connect } = await server(t, (socket, nth) => (nth < 3 ? socket.end() : socket.write('hello')))
  let refusals = 2
  const stream = await firstWord(
    async () => {
      if (refusals > 0) {
        refusals -= 1
        throw new Error('connection refused')
      }
      return await connect()
    },
    { clock, signal: never },
  )
  stream.destroy()
  assert.equal(refusals, 0)
})

test('an abort ends the attempts and closes what they opened', async (t) => {
  const { connect, sockets } = await server(t, () => undefined)
  const stop = new AbortController()
  const waiting = firstWord(connect, { clock, signal: stop.signal })
  while (sockets.size === 0) await sleep(5)
  stop.abort()
  await assert.rejects(waiting)
  while (sockets.size > 0) await sleep(5)
})

test('with a pace of its own, a server that thinks for long keeps its first connection', async (t) => {
  const { connect, count, sockets } = await server(t, () => undefined)
  let nowMs = 0
  const thinking = {
    nowMs: () => nowMs,
    sleep: async (ms: number) => {
      nowMs += ms
      while (count() === 0) await sleep(5)
      const [first] = sockets
      if (nowMs >= 3000) first?.write('SSH-2.0-slow')
      await sleep(5)
    },
  }
  const stream = await firstWord(connect, { clock: thinking, signal: t.signal, paceMs: 700 })
  assert.ok(count() < 8, `${count()} connections`)
  stream.destroy()
})
