/** An interactive shell on a stream, as on a terminal: prompt, echo, backspace, Ctrl-C and Ctrl-D. */
import type { Duplex } from 'node:stream'
import { programs } from './programs/index.ts'
import { Shell } from './shell/shell.ts'
import { Input } from './shell/streams.ts'
import type { SimGuest } from './sim-guest.ts'

const ctrlC = '\u0003'
const ctrlD = '\u0004'
/** What a shell says of a command that Ctrl-C ended. */
export const interrupted = 130

/** Gives the exit code of the last command once the person left with `exit` or Ctrl-D, or the stream ended. */
export function talk(stream: Duplex, guest: SimGuest): Promise<number> {
  return new Promise((resolve) => {
    const conversation = new Conversation(stream, guest, (code) => {
      stream.off('data', hear)
      stream.off('end', leave)
      stream.off('close', leave)
      resolve(code)
    })
    const hear = (chunk: Buffer) => conversation.hear(String(chunk))
    const leave = () => conversation.leave()
    stream.on('data', hear)
    stream.once('end', leave)
    stream.once('close', leave)
    conversation.prompt()
  })
}

class Conversation {
  private readonly stream: Duplex
  private readonly guest: SimGuest
  private readonly onOver: (code: number) => void
  private readonly shell: Shell
  private line = ''
  private code = 0
  /** Ends the command that runs now. */
  private running: AbortController | undefined
  /** Typed while a command ran. */
  private waiting: string[] = []

  constructor(stream: Duplex, guest: SimGuest, onOver: (code: number) => void) {
    this.stream = stream
    this.guest = guest
    this.onOver = onOver
    this.shell = new Shell({ guest, programs }, AbortSignal.abort())
  }

  hear(keys: string): void {
    for (const key of keys) this.take(key)
  }

  leave(): void {
    this.running?.abort()
    this.onOver(this.code)
  }

  prompt(): void {
    this.print(`${this.guest.facts.hostname}:~# `)
  }

  private take(key: string): void {
    if (key === ctrlC) {
      this.waiting = []
      if (this.running) this.running.abort()
      else this.clearLine()
    } else if (this.running) this.waiting.push(key)
    else if (key === ctrlD && this.line === '') this.leave()
    else if (key === '\r' || key === '\n') void this.enter()
    else this.type(key)
  }

  private async enter(): Promise<void> {
    const { line, shell } = this
    this.line = ''
    this.print('\n')
    this.running = new AbortController()
    shell.signal = this.running.signal
    const print = (chunk: string | Uint8Array) => this.print(chunk)
    this.code = await shell
      .run(line, { input: Input.empty(), out: print, err: print })
      .catch(() => interrupted)
    this.running = undefined
    if (shell.left) return this.leave()
    this.prompt()
    for (const key of this.waiting.splice(0)) this.take(key)
  }

  private type(key: string): void {
    if (key === '\u007f' || key === '\b') {
      if (this.line !== '') this.print('\b \b')
      this.line = this.line.slice(0, -1)
    } else if (key >= ' ') {
      this.print(key)
      this.line += key
    }
  }

  private clearLine(): void {
    this.line = ''
    this.print('^C\n')
    this.prompt()
  }

  /** As a terminal's line discipline: each line feed gets a carriage return. */
  private print(chunk: string | Uint8Array): void {
    if (this.stream.writable) this.stream.write(Buffer.from(chunk).toString().replaceAll('\n', '\r\n'))
  }
}
