import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { shutDownByAgent } from './agent.ts'

/** A channel to something that speaks as an agent does, on a real socket. */
async function channelTo(t: TestContext, answer: (line: string, socket: Socket) => void): Promise<Socket> {
  const folder = await mkdtemp(join(tmpdir(), 'nestlab-agent-'))
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      for (const line of chunk.toString('latin1').split('\n')) if (line) answer(line, socket)
    })
  })
  server.listen(join(folder, 's'))
  await once(server, 'listening')
  const socket = connect(join(folder, 's'))
  socket.on('error', () => undefined)
  t.after(async () => {
    socket.destroy()
    server.close()
    await rm(folder, { recursive: true })
  })
  return socket
}

const idIn = (line: string) => /"id":(\d+)/.exec(line)?.[1]
const signal = new AbortController().signal

test('an agent that is alive is told to shut down', async (t) => {
  const heard: string[] = []
  const channel = await channelTo(t, (line, socket) => {
    heard.push(line)
    if (idIn(line)) socket.write(`\xff{"return": ${idIn(line)}}\n`, 'latin1')
  })
  await shutDownByAgent('web', channel, signal)
  assert.equal(heard.length, 2)
  assert.match(heard[1] ?? '', /"guest-shutdown".*"powerdown"/)
})

test('a refusal names the machine', async (t) => {
  const channel = await channelTo(t, (line, socket) => {
    socket.write(idIn(line) ? `{"return":${idIn(line)}}\n` : '{"error":{"class":"GenericError"}}\n')
  })
  await assert.rejects(shutDownByAgent('web', channel, signal), { code: 'guest-unfit', message: /web/ })
})

test('an agent that says nothing is waited for no longer than the signal allows', async (t) => {
  const channel = await channelTo(t, () => undefined)
  await assert.rejects(shutDownByAgent('web', channel, AbortSignal.timeout(50)))
})
