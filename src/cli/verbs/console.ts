/** `nestlab console`: the serial console of a machine, for a person. */
import { fail } from '../errors.ts'
import { harmless } from '../paint.ts'
import { labOption, pickLab } from '../pick-lab.ts'
import { lendTerminal } from '../raw-terminal.ts'
import type { Call, Exit, Verb } from '../verb.ts'

/** So much of what was printed before is shown first. */
const tailBytes = 2048

export const console: Verb = {
  name: 'console',
  summary: 'attach to the serial console of a machine',
  more: 'Ctrl-] detaches. The machine goes on; everything else that is typed belongs to it.',
  arguments: [['<path>', 'the machine, as kvm-1/web']],
  options: [
    labOption,
    ['--link', 'print a link for one visit of its screen instead, on sites that have them'],
  ],
  json: false,
  examples: [
    { line: 'nestlab console kvm-1/web', does: 'watch it boot; Ctrl-] detaches' },
    {
      line: 'nestlab console --link esxi-1',
      does: 'on vSphere: the address of its screen, good once and soon',
    },
  ],
  async run(call) {
    const { terminal } = call
    if (call.has('link')) return await showLink(call)
    if (!terminal.stdin.isTTY) throw fail('needs-terminal', { verb: 'console' })
    const lab = await pickLab(call)
    const [path = ''] = call.args
    const engine = await call.services.engine()
    const access = await engine.access(lab, path, call.signal)
    try {
      const stream = await access.console(call.signal)
      terminal.tell(terminal.paintErrors.faint(`Console of ${path}. Ctrl-] detaches.`))
      const tail = harmless(await engine.logs(lab, path, tailBytes, call.signal))
      if (tail) terminal.stdout.write(tail)
      const ended = await lendTerminal(terminal, stream, { detaches: true, signal: call.signal })
      terminal.tell(ended === 'detached' ? `\nDetached. ${path} goes on.` : `\n${path} closed its console.`)
      return 0
    } finally {
      await access.close()
    }
  },
}

/** Only a terminal gets it: other places where output goes keep what is written there. */
async function showLink(call: Call): Promise<Exit> {
  const { terminal } = call
  if (!terminal.stdout.isTTY) throw fail('link-not-shown', {})
  const lab = await pickLab(call)
  const [path = ''] = call.args
  const access = await (await call.services.engine()).access(lab, path, call.signal)
  try {
    if (!access.consoleLink) throw fail('no-console-link', { path })
    const { url, thumbprint } = await access.consoleLink(call.signal)
    terminal.say(harmless(url))
    const shows = thumbprint === undefined ? '' : ` Its host shows the certificate ${harmless(thumbprint)}.`
    terminal.tell(terminal.paintErrors.faint(`Good for one visit, soon, by whoever has it.${shows}`))
    return 0
  } finally {
    await access.close()
  }
}
