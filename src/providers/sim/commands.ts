/** The commands a simulated guest has, each as its Linux namesake answers in the common case. */
import { fileText } from './guest-files.ts'
import { ipCommand } from './ip-command.ts'
import type { Output } from './shell.ts'
import type { SimGuest } from './sim-guest.ts'

export type Command = (args: readonly string[], guest: SimGuest, output: Output) => number | Promise<number>

export const release = '6.1.0-simulated'

const answer =
  (text: (guest: SimGuest) => string): Command =>
  (_args, guest, output) => {
    output.out(`${text(guest)}\n`)
    return 0
  }

const uname: Command = (args, guest, output) => {
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
  output.out(`${shown.map(([, text]) => text).join(' ')}\n`)
  return 0
}

const cat: Command = async (args, guest, output) => {
  let code = 0
  for (const path of args.filter((each) => each !== '--')) {
    const text = await fileText(path, guest)
    if (text === undefined) {
      output.err(`cat: can't open '${path}': No such file or directory\n`)
      code = 1
    } else output.out(text)
  }
  return code
}

const uptime: Command = async (_args, guest, output) => {
  const minutes = Math.floor((await guest.uptimeMs()) / 60_000)
  output.out(` up ${minutes} min,  load average: 0.00, 0.00, 0.00\n`)
  return 0
}

const test: Command = async (args, guest) => {
  const [flag, path = ''] = args
  const there = (await fileText(path, guest)) !== undefined
  return (flag === '-e' || flag === '-f' || flag === '-r') && there ? 0 : 1
}

const echo: Command = (args, _guest, output) => {
  const bare = args[0] === '-n'
  output.out(bare ? args.slice(1).join(' ') : `${args.join(' ')}\n`)
  return 0
}

const end =
  (as: 'stopped' | 'reboot'): Command =>
  async (_args, guest) => {
    await guest.end(as)
    return 0
  }

const shutdown: Command = (args, guest, output) =>
  end(args.includes('-r') ? 'reboot' : 'stopped')(args, guest, output)

const help: Command = (_args, _guest, output) => {
  output.out(`This guest is simulated. It knows: ${[...commands.keys()].sort().join(' ')}\n`)
  return 0
}

/** A Map, so that a typed `constructor` finds nothing. */
export const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['cat', cat],
  ['echo', echo],
  ['exit', (args) => Number(args[0] ?? 0) & 255],
  ['false', () => 1],
  ['halt', end('stopped')],
  ['help', help],
  ['hostname', answer(({ facts }) => facts.hostname)],
  ['id', answer(() => 'uid=0(root) gid=0(root) groups=0(root)')],
  ['ip', ipCommand],
  ['nproc', answer(({ hardware }) => String(hardware.cpus))],
  ['poweroff', end('stopped')],
  ['reboot', end('reboot')],
  ['shutdown', shutdown],
  ['test', test],
  ['true', () => 0],
  ['uname', uname],
  ['uptime', uptime],
  ['whoami', answer(() => 'root')],
])
