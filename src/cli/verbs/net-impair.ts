/** `nestlab net impair`: makes links bad, and good again. */
import type { LabNetwork } from '#engine'
import type { ImpairedPort, LinkConditions } from '#providers'
import { fail } from '../errors.ts'
import { conditionsText, linkOptions, readConditions } from '../link-words.ts'
import { labOption, pickLab } from '../pick-lab.ts'
import { portPath, readPort } from '../port-words.ts'
import { columns } from '../table.ts'
import type { Call, Verb } from '../verb.ts'

interface BadLink {
  /** As in `kvm-1/web:nic0`. */
  readonly port: string
  readonly conditions: LinkConditions
}

export const impair: Verb = {
  name: 'impair',
  summary: 'make the links of a machine slow, lossy or dead; without a path, list the bad ones',
  more: `What is asked for replaces what was, and holds until --clear or \`nestlab down\`, also while machines and switches restart.
Conditions hold in each direction: --delay 40ms makes a round trip 80 ms longer, with --direction out 40 ms.`,
  arguments: [['[port]', 'the machine (kvm-1/web), or one of its NICs (kvm-1/web:nic0)']],
  options: [labOption, ...linkOptions, ['--clear', 'make the link good again; without a path, all of them']],
  examples: [
    { line: 'nestlab net impair kvm-1 --delay 40ms --loss 1%', does: 'a long and lossy line' },
    { line: 'nestlab net impair kvm-1:nic1 --rate 10mbit --seed 7', does: 'one NIC, reproducibly' },
    { line: 'nestlab net impair kvm-1/web --down', does: 'pull the cable of an inner machine' },
    { line: 'nestlab net impair kvm-1 --clear', does: 'as good as new' },
    { line: 'nestlab net impair', does: 'which links are bad?' },
  ],
  async run(call) {
    const conditions = readConditions(call)
    const [port] = call.args
    const clears = call.has('clear')
    if (clears && conditions) throw wrong('--clear takes no conditions with it.')
    if (conditions && port === undefined) throw wrong('Conditions need a machine to hold for.')
    const lab = await pickLab(call)
    const network = await (await call.services.engine()).network(lab, call.signal)
    try {
      const changes = conditions !== undefined || clears
      const links = await (changes ? change(call, network, conditions) : list(call, network))
      if (call.json) call.terminal.say(JSON.stringify({ lab, impaired: links }))
      else sayLinks(call, links, port)
      return 0
    } finally {
      await network.close()
    }
  },
}

/** Gives what then holds: for the named machine, or after a `--clear` of everything what is left. */
async function change(
  { args: [port], signal }: Call,
  network: LabNetwork,
  conditions: LinkConditions | undefined,
): Promise<readonly BadLink[]> {
  if (port !== undefined) {
    const found = await network.ports(readPort(port), signal)
    const all = await found.network.impair(found.ports, conditions, signal)
    return named(found.owner, all, found.ports)
  }
  const { levels } = await network.levels(signal)
  for (const level of levels) {
    const bad = await level.network.impairments(signal)
    const ports = bad.map((one) => one.port)
    if (ports.length > 0) await level.network.impair(ports, undefined, signal)
  }
  return []
}

async function list(
  { args: [port], signal, terminal }: Call,
  network: LabNetwork,
): Promise<readonly BadLink[]> {
  if (port !== undefined) {
    const found = await network.ports(readPort(port), signal)
    return named(found.owner, await found.network.impairments(signal), found.ports)
  }
  const { levels, unreachable } = await network.levels(signal)
  for (const { owner, why } of unreachable) terminal.tell(`${owner}: ${why}`)
  const lists = await Promise.all(
    levels.map(async (level) => named(level.owner, await level.network.impairments(signal))),
  )
  return lists.flat()
}

function named(
  owner: string,
  all: readonly ImpairedPort[],
  only: readonly string[] | undefined = undefined,
): readonly BadLink[] {
  return all
    .filter(({ port }) => !only || only.includes(port))
    .map(({ port, conditions }) => ({ port: portPath(owner, port), conditions }))
}

function sayLinks({ terminal: { say, paint } }: Call, links: readonly BadLink[], port?: string): void {
  if (links.length === 0) {
    say(`${port === undefined ? 'All links are' : `The link of ${port} is`} good.`)
    return
  }
  const rows = links.map((link) => [link.port, paint.doubtful(conditionsText(link.conditions))])
  say(columns(rows).join('\n'))
}

function wrong(text: string) {
  return fail('wrong-usage', { text, command: 'nestlab net impair' })
}
