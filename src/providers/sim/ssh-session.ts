/** What a simulated guest does with an SSH session: run a command, with a terminal or without, or be a shell. */
import type { ServerChannel, Session } from 'ssh2'
import { interrupted, talk } from './conversation.ts'
import { programs } from './programs/index.ts'
import { Shell } from './shell/shell.ts'
import { Input, type Sink } from './shell/streams.ts'
import type { SimGuest } from './sim-guest.ts'

export function offer(session: Session, guest: SimGuest): void {
  let terminal = false
  session.on('pty', (accept) => {
    terminal = true
    accept?.()
  })
  session.on('window-change', (accept) => accept?.())
  session.on('env', (accept) => accept?.())
  session.on('signal', (accept) => accept?.())
  session.on('exec', (accept, _reject, { command }) => {
    const channel = accept()
    finish(channel, terminal ? onTerminal(channel, command, guest) : onPipes(channel, command, guest))
  })
  session.on('shell', (accept) => {
    const channel = accept()
    finish(channel, talk(channel, guest))
  })
}

function onPipes(channel: ServerChannel, command: string, guest: SimGuest): Promise<number> {
  const gone = new AbortController()
  channel.once('close', () => gone.abort())
  const streams = { input: new Input(channel), out: sinkOf(channel), err: sinkOf(channel.stderr) }
  return new Shell({ guest, programs }, gone.signal).run(command, streams)
}

/** Programs read nothing from a terminal, only a shell does; Ctrl-C ends them. */
async function onTerminal(channel: ServerChannel, command: string, guest: SimGuest): Promise<number> {
  const gone = new AbortController()
  const hear = (keys: Buffer) => keys.includes(interruptKey) && gone.abort()
  channel.once('close', () => gone.abort())
  channel.on('data', hear)
  const interact = () => {
    channel.off('data', hear)
    return talk(channel, guest)
  }
  const print = sinkOf(channel)
  const out: Sink = (chunk) => print(Buffer.from(chunk).toString().replaceAll('\n', '\r\n'))
  const shell = new Shell({ guest, programs, interact }, gone.signal)
  try {
    return await shell.run(command, { input: Input.empty(), out, err: out })
  } catch (problem) {
    if (gone.signal.aborted) return interrupted
    throw problem
  }
}

const interruptKey = 3

function sinkOf(stream: NodeJS.WritableStream): Sink {
  stream.on('error', () => undefined)
  return (chunk) => {
    if (stream.writable) stream.write(Buffer.from(chunk))
  }
}

function finish(channel: ServerChannel, code: Promise<number>): void {
  channel.on('error', () => undefined)
  code.then(
    (value) => {
      if (!channel.writable) return
      channel.exit(value)
      channel.end()
    },
    // The guest ended under the command, as when a machine loses power: no exit code.
    () => channel.close(),
  )
}
