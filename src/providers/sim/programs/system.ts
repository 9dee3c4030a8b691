/** Programs that tell about the machine and end it: hostname, uname, uptime, poweroff and their like. */
import { release } from '../console-text.ts'
import { type Program, type Run, Shell } from '../shell/shell.ts'
import { Input } from '../shell/streams.ts'

const answer =
  (text: (run: Run) => string): Program =>
  (_args, run) => {
    run.out(`${text(run)}\n`)
    return 0
  }

const uname: Program = (args, { guest, out }) => {
  const parts = {
    s: 'Linux',
    n: guest.facts.hostname,
    r: release,
    v: '#1 simulated',
    m: 'x86_64',
    o: 'GNU/Linux',
  }
  const asked = args.join('').replaceAll('-', '') || 's'
  const shown = Object.entries(parts).filter(([flag]) => asked.includes('a') || asked.includes(flag))
  out(`${shown.map(([, text]) => text).join(' ')}\n`)
  return 0
}

const uptime: Program = (_args, { guest, out }) => {
  const minutes = Math.floor(guest.uptimeMs() / 60_000)
  out(` up ${minutes} min,  load average: 0.00, 0.00, 0.00\n`)
  return 0
}

const end =
  (usually: 'stopped' | 'reboot'): Program =>
  async (args, { guest }) => {
    await guest.end(args.includes('-r') ? 'reboot' : usually)
    return 0
  }

const sleep: Program = async (args, { guest, err, signal }) => {
  const seconds = Number(args[0])
  if (!Number.isFinite(seconds) || seconds < 0) {
    err(`sleep: invalid number '${args[0] ?? ''}'\n`)
    return 1
  }
  await guest.sleep(seconds * 1000, signal)
  return 0
}

const sh: Program = async (args, run) => {
  const { options } = run.shell
  const shell = new Shell(options, run.signal)
  if (args[0] === '-c') {
    shell.name = args[2] ?? 'sh'
    shell.parameters = args.slice(3)
    return shell.run(args[1] ?? '', run)
  }
  if (options.interact) return options.interact()
  return shell.run((await run.input.readAll()).toString(), { ...run, input: Input.empty() })
}

const env: Program = (args, run) => {
  const at = args.findIndex((each) => !/^(-|\w+=)/.test(each))
  if (at >= 0) return run.shell.call(args.slice(at), run)
  for (const [name, value] of run.shell.variables) run.out(`${name}=${value}\n`)
  return 0
}

const id: Program = (args, { out }) => {
  out(args[0] === '-u' ? '0\n' : 'uid=0(root) gid=0(root) groups=0(root)\n')
  return 0
}

export const system: readonly (readonly [string, Program])[] = [
  ['dmesg', answer(({ guest }) => guest.consoleText().trimEnd())],
  ['env', env],
  ['false', () => 1],
  ['halt', end('stopped')],
  ['hostname', answer(({ guest }) => guest.facts.hostname)],
  ['id', id],
  ['kill', () => 0],
  ['nproc', answer(({ guest }) => String(guest.hardware.cpus))],
  ['poweroff', end('stopped')],
  ['reboot', end('reboot')],
  ['sh', sh],
  ['shutdown', end('stopped')],
  ['sleep', sleep],
  ['sync', () => 0],
  ['true', () => 0],
  ['uname', uname],
  ['uptime', uptime],
  ['whoami', answer(() => 'root')],
]
