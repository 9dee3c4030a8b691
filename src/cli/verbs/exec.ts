/** `nestlab exec`: runs a command in a machine. */
import { fail } from '../errors.ts'
import { labOption, pickLab } from '../pick-lab.ts'
import { connectStreams } from '../session.ts'
import type { Verb } from '../verb.ts'

export const exec: Verb = {
  name: 'exec',
  summary: 'run a command in a machine; its exit code becomes ours',
  arguments: [
    ['<path>', 'the machine, as kvm-1/web'],
    ['<command...>', 'a program and its arguments, not a shell line'],
  ],
  options: [labOption],
  passThrough: true,
  examples: [
    { line: 'nestlab exec kvm-1/web -- ping -c 3 10.0.10.2', does: 'ping from the inner machine' },
    { line: "nestlab exec kvm-1 -- sh -c 'dmesg | tail'", does: 'a shell line needs a shell' },
    { line: 'nestlab exec kvm-1/web -- cat < notes.txt', does: 'standard input goes along' },
  ],
  async run(call) {
    const [path = '', ...argv] = call.args
    if (argv.length === 0)
      throw fail('wrong-usage', { text: 'No command behind the path.', command: 'nestlab exec' })
    if (argv[0]?.startsWith('-'))
      throw fail('wrong-usage', {
        text: `${argv[0]} is no program; options stand before the path.`,
        command: 'nestlab exec',
      })
    const lab = await pickLab(call)
    const inside = await (await call.services.engine()).enter(lab, path, call.signal)
    try {
      if (!call.json) return await connectStreams(call, inside, argv)
      const ended = await inside.run(argv, { signal: call.signal })
      call.terminal.say(
        JSON.stringify({ lab, path, exitCode: ended.code, stdout: ended.stdout, stderr: ended.stderr }),
      )
      return ended.code
    } finally {
      await inside.close()
    }
  },
}
