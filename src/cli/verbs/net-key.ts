/** `nestlab net key`: the keys by which the two ends of a tunnel know each other. */
import { fail } from '../errors.ts'
import type { Call, Verb } from '../verb.ts'

/** A key file has less than 200 bytes. */
const longestKeyText = 4096

export const key: Verb = {
  name: 'key',
  summary: 'make the key of a tunnel to another machine, or carry it there',
  more: 'A tunnel needs the same key on both machines. Whoever has it can take part in the lab’s network: hand it on only over a connection that nobody else reads, such as SSH.',
  arguments: [['<tunnel>', 'the name of the tunnel, as in the lab file']],
  options: [
    ['--export', 'print the key, for the other machine'],
    ['--import <file>', 'take the other machine’s key out of a file; - reads it from standard input'],
    ['--again', 'make or take a key even if there is another one'],
    ['--remove', 'forget the key'],
  ],
  examples: [
    { line: 'nestlab net key campus', does: 'make a key, or say which one there is' },
    {
      line: 'nestlab net key campus --export | ssh other nestlab net key campus --import -',
      does: 'the other machine has it too',
    },
  ],
  async run(call) {
    const [tunnel = ''] = call.args
    const keys = await call.services.tunnelKeys()
    const again = call.has('again')
    const file = call.value('import')
    if ([call.has('export'), file !== undefined, call.has('remove')].filter(Boolean).length > 1) {
      throw fail('wrong-usage', {
        text: 'Only one of --export, --import and --remove can be done at a time.',
        command: 'nestlab net key',
      })
    }
    if (call.has('export')) {
      call.terminal.stdout.write(await keys.text(tunnel))
      return 0
    }
    if (call.has('remove')) return said(call, { tunnel, removed: await keys.remove(tunnel) })
    if (file === undefined) return said(call, { tunnel, ...(await keys.make(tunnel, again)) })
    const text = file === '-' ? await fromStdin(call) : await keys.readFile(file, call.folder)
    return said(call, { tunnel, made: false, fingerprint: await keys.take(tunnel, text, again) })
  },
}

type Answer = { readonly tunnel: string } & (
  | { readonly removed: boolean }
  | { readonly made: boolean; readonly fingerprint: string }
)

function said(call: Call, answer: Answer): 0 {
  const { say } = call.terminal
  const { tunnel } = answer
  if (call.json) say(JSON.stringify(answer))
  else if ('removed' in answer)
    say(answer.removed ? `The key of ${tunnel} is gone.` : `There was no key of ${tunnel}.`)
  else {
    say(`${answer.made ? 'Made the' : 'The'} key of ${tunnel}: fingerprint ${answer.fingerprint}.`)
    if (answer.made) {
      say(
        `Give it to the other machine: nestlab net key ${tunnel} --export | ssh HOST nestlab net key ${tunnel} --import -`,
      )
    }
  }
  return 0
}

async function fromStdin({ terminal }: Call): Promise<string> {
  let text = ''
  for await (const chunk of terminal.stdin) {
    text += String(chunk)
    if (text.length > longestKeyText) break
  }
  return text
}
