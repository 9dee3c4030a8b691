/** `nestlab snapshot`: whole labs as they were at one instant. */
import { carryOut } from '../carry-out.ts'
import { labOption, pickLab } from '../pick-lab.ts'
import { snapshotDetailLines, snapshotLine, snapshotLines, snapshotTree } from '../snapshot-text.ts'
import type { Call, Verb } from '../verb.ts'
import { patternsOf } from './up.ts'

const create: Verb = {
  name: 'create',
  summary: 'keep the whole lab as it is now: memory, devices and disks of all machines at one instant',
  more: 'Machines inside hypervisors are part of the memory of these. The lab goes on; how long it stood still is printed.',
  arguments: [['<name>', 'how the snapshot is called']],
  options: [
    labOption,
    ['--note <text>', 'what it is, for people'],
    ['--only <patterns>', 'some machines, with all that is inside them'],
  ],
  examples: [{ line: 'nestlab snapshot create before-upgrade', does: 'keep the only lab there is' }],
  async run(call) {
    const [name = ''] = call.args
    const lab = await pickLab(call)
    const note = call.value('note')
    const engine = await call.services.engine()
    const wish = { name, ...(note !== undefined && { note }), ...patternsOf(call) }
    const { result } = await carryOut(call, lab, (run) => engine.snapshot(lab, wish, run))
    if (call.json) call.terminal.say(JSON.stringify({ lab, ...result }))
    else call.terminal.say(`${call.terminal.paint.good('✓')} ${snapshotLine(result)}`)
    return 0
  },
}

const ls: Verb = {
  name: 'ls',
  summary: 'list the snapshots of a lab',
  options: [labOption],
  examples: [
    { line: 'nestlab snapshot ls', does: 'names, times, sizes, and which one the lab goes on from' },
  ],
  run: async (call) => await listed(call, snapshotLines),
}

const tree: Verb = {
  name: 'tree',
  summary: 'draw which snapshot was taken after which',
  options: [labOption],
  examples: [{ line: 'nestlab snapshot tree', does: 'branches, and where the lab is' }],
  run: async (call) => await listed(call, snapshotTree),
}

async function listed(call: Call, lines: typeof snapshotLines): Promise<number> {
  const lab = await pickLab(call)
  const list = await (await call.services.engine()).snapshots(lab)
  const { terminal } = call
  if (call.json) terminal.say(JSON.stringify({ lab, ...list }))
  else if (list.snapshots.length === 0)
    terminal.say(`Lab ${lab} has no snapshot. Take one with: nestlab snapshot create NAME`)
  else terminal.say(lines(list, terminal.paint).join('\n'))
  return 0
}

const show: Verb = {
  name: 'show',
  summary: 'show what a snapshot has of each machine, and where it can run',
  arguments: [['<name>', 'the snapshot']],
  options: [labOption],
  examples: [
    { line: 'nestlab snapshot show before-upgrade', does: 'memory, disks, and the QEMU it was kept by' },
  ],
  async run(call) {
    const [name = ''] = call.args
    const lab = await pickLab(call)
    const details = await (await call.services.engine()).snapshotDetails(lab, name)
    const { say, paint } = call.terminal
    if (call.json) say(JSON.stringify({ lab, ...details }))
    else say(snapshotDetailLines(details, paint).join('\n'))
    return 0
  },
}

const rm: Verb = {
  name: 'rm',
  summary: 'remove a snapshot; the lab and later snapshots stay as they are',
  arguments: [['<name>', 'the snapshot']],
  options: [labOption],
  examples: [{ line: 'nestlab snapshot rm before-upgrade', does: 'give its memory and disks back' }],
  async run(call) {
    const [name = ''] = call.args
    const lab = await pickLab(call)
    await (await call.services.engine()).removeSnapshot(lab, name)
    call.terminal.say(call.json ? JSON.stringify({ lab, removed: name }) : `Snapshot ${name} is gone.`)
    return 0
  },
}

const diff: Verb = {
  name: 'diff',
  summary: 'say what differs between two snapshots, or between one and the lab now',
  more: 'Compared is what machines were made from: hardware, images, addresses. What guests wrote is not looked into.',
  arguments: [
    ['<from>', 'a snapshot'],
    ['[to]', 'another one; absent: the lab as it is now'],
  ],
  options: [labOption],
  examples: [{ line: 'nestlab snapshot diff before-upgrade', does: 'what has changed since' }],
  async run(call) {
    const [from = '', to] = call.args
    const lab = await pickLab(call)
    const names = { from, ...(to !== undefined && { to }) }
    const differences = await (await call.services.engine()).compareSnapshots(lab, names)
    const { say } = call.terminal
    if (call.json) say(JSON.stringify({ lab, ...names, differences }))
    else if (differences.length === 0) say('Nothing differs.')
    else say(differences.map(({ path, changes }) => `${path}: ${changes.join(', ')}`).join('\n'))
    return 0
  },
}

export const snapshot: Verb = {
  name: 'snapshot',
  summary: 'keep whole labs as they are at one instant, to go back to or to copy',
  examples: [{ line: 'nestlab snapshot create before-upgrade', does: 'then nestlab revert before-upgrade' }],
  verbs: [create, ls, show, tree, diff, rm],
}
