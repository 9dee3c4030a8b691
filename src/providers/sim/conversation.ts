/** An interactive shell on a stream, as on a terminal: prompt, echo, backspace, Ctrl-C and Ctrl-D. */
import type { Duplex } from 'node:stream'
import { runLine } from './shell.ts'
import type { SimGuest } from './sim-guest.ts'

/** Gives the exit code of the last command once the person left with `exit` or Ctrl-D, or the stream ended. */
export async function talk(stream: Duplex, guest: SimGuest): Promise<number> {
  const prompt = `${guest.facts.hostname}:~# `
  const print = (text: string) => {
    // A terminal's line discipline: each line feed needs a carriage return.
    if (stream.writable) stream.write(text.replaceAll('\n', '\r\n'))
  }
  let line = ''
  let code = 0
  print(prompt)
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    for (const key of String(chunk)) {
      if (key === '\u0004' && line === '') return code
      if (key === '\r' || key === '\n') {
        print('\n')
        code = await runLine(line, guest, { out: print, err: print })
        if (/^\s*exit\b/.test(line)) return code
        line = ''
        print(prompt)
      } else line = typed(line, key, print)
    }
  }
  return code
}

function typed(line: string, key: string, print: (text: string) => void): string {
  if (key === '\u0003') {
    print('^C\n')
    return ''
  }
  if (key === '\u007f' || key === '\b') {
    if (line !== '') print('\b \b')
    return line.slice(0, -1)
  }
  if (key < ' ') return line
  print(key)
  return line + key
}
