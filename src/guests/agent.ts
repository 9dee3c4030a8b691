/** Talks to the QEMU guest agent: one JSON object a line, both ways (QEMU Guest Agent Protocol Reference). */
import type { Duplex } from 'node:stream'
import { fail } from './errors.ts'

/** Ends whatever half request an earlier caller left; the answer to `guest-sync-delimited` begins with it, too. */
const delimiter = 0xff

/**
 * Asks the agent to shut its system down; resolves when an agent that is alive was told so. Rejects with `guest-unfit`
 * when it refuses, and with the signal's reason when nobody answers. Ends the channel.
 */
export async function shutDownByAgent(name: string, channel: Duplex, signal: AbortSignal): Promise<void> {
  const stop = () => channel.destroy(signal.reason instanceof Error ? signal.reason : undefined)
  signal.addEventListener('abort', stop, { once: true })
  try {
    signal.throwIfAborted()
    const id = Math.floor(Math.random() * 1e9)
    channel.write(Buffer.concat([Buffer.of(delimiter), request('guest-sync-delimited', { id })]))
    await answerOf(name, channel, id)
    channel.write(request('guest-shutdown', { mode: 'powerdown' }))
    await refusalOf(name, channel)
  } finally {
    signal.removeEventListener('abort', stop)
    channel.destroy()
  }
}

function request(execute: string, values: Readonly<Record<string, unknown>>): Buffer {
  return Buffer.from(`${JSON.stringify({ execute, arguments: values })}\n`)
}

async function answerOf(name: string, channel: Duplex, id: number): Promise<void> {
  let heard = ''
  for await (const chunk of channel.iterator({ destroyOnReturn: false })) {
    heard += Buffer.from(chunk).toString('latin1')
    if (heard.includes(`"return": ${id}`) || heard.includes(`"return":${id}`)) return
  }
  throw fail('guest-unfit', { guest: name, reason: 'its guest agent hung up' })
}

/** It answers a shutdown only when it will not do it; the time in which it would is short. */
const refusalMs = 300

async function refusalOf(name: string, channel: Duplex): Promise<void> {
  const heard = await new Promise<string>((resolve) => {
    const timer = setTimeout(() => resolve(''), refusalMs)
    const done = (text: string) => {
      clearTimeout(timer)
      resolve(text)
    }
    channel.once('data', (chunk: Buffer) => done(chunk.toString('latin1')))
    channel.once('close', () => done(''))
    channel.resume()
  })
  if (heard.includes('"error"'))
    throw fail('guest-unfit', { guest: name, reason: 'its guest agent refused to shut down' })
}
