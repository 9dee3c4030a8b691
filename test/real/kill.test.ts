/** Nothing is lost or orphaned when the command, the switch or a machine is killed, whatever the moment. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LabStatus } from '#engine'
import { lineToKillAt } from '../sample.ts'
import { home, labFile, leftovers, nestlab, processesWith, runFolder, start, succeed } from './command.ts'
import './alone.ts'

const name = 'test-kill'
const text = `nestlab: 1
name: ${name}
switches:
  vSwitch0: { kind: standard, portgroups: { lan: { vlan: 4095, security: { promiscuous: accept, forgedTransmits: accept } } } }
machines:
  node:
    image: kvm-node
    memory: 512MiB
    nics: [{ portgroup: lan }]
    hypervisor:
      product: kvm
      switches: { br0: { uplinks: [nic0], portgroups: { web: { vlan: 10 } } } }
      machines: { web: { image: tiny, memory: 96MiB, nics: [{ portgroup: web, address: 10.9.0.5/24 }] } }
  lone: { image: tiny, memory: 96MiB, nics: [{ portgroup: lan, address: 10.8.0.5/24 }] }
`

const journal = join(home, 'state', 'labs', name, 'journal.jsonl')

/** What the journal says, without the times: `begin create-machine lone`, `done create-machine lone`, … */
async function journalled(): Promise<string[]> {
  const written = await readFile(journal, 'utf8').catch(() => '')
  const lines = written.split('\n').filter((line) => line.endsWith('}'))
  return lines.map((line) => {
    const entry = JSON.parse(line) as { event: string; step: { id: string } }
    return `${entry.event} ${entry.step.id}`
  })
}

/**
 * Runs a command and kills it with SIGKILL at the first line of its journal that is new (`sample.ts`): repeated, this
 * walks the begins and ends of all steps. False when the command ended before a new line.
 */
async function killAtNextNewLine(args: readonly string[], seen: Set<string>): Promise<boolean> {
  const before = (await journalled()).length
  const { child, ended } = start(args)
  let over = false
  void ended.then(() => {
    over = true
  })
  while (!over) {
    if (lineToKillAt((await journalled()).slice(before), seen) !== undefined) {
      child.kill('SIGKILL')
      await ended
      return true
    }
    await sleep(2)
  }
  return false
}

async function status(): Promise<LabStatus> {
  return JSON.parse(await succeed(['status', '--lab', name, '--json'])) as LabStatus
}

async function readyPaths(): Promise<string[]> {
  const { machines } = await status()
  return machines.filter((one) => one.state === 'ready').map((one) => one.path)
}

const everything = ['lone', 'node', 'node/web']

/** What status claims to run must be what runs. */
async function assertStatusIsTrue(): Promise<void> {
  const ended = await nestlab(['status', '--lab', name, '--json'])
  if (ended.code !== 0) return assert.deepEqual(await processesWith(runFolder(name)), [], ended.stderr)
  const { machines } = JSON.parse(ended.stdout) as LabStatus
  for (const machine of machines) {
    if (machine.level !== 1) continue
    const running =
      (await processesWith(join(home, 'state', 'labs', name, 'machines', machine.path, 'qemu.pid'))).length >
      0
    const claimed = ['running', 'ready', 'unreachable'].includes(machine.state)
    assert.equal(
      claimed,
      running,
      `${machine.path}: status says ${machine.state}, a process runs: ${running}`,
    )
  }
}

test('a killed command, switch or machine never leaves a lab that cannot be finished or removed', async (t) => {
  await using lab = await labFile(name, text)

  await t.test('up, killed again and again at each line of its journal, converges', async () => {
    const seen = new Set<string>()
    while (await killAtNextNewLine(['up', '-f', lab.file], seen)) await assertStatusIsTrue()
    assert.ok(seen.has('begin start-machine node/web'), `walked only ${[...seen].join(', ')}`)
    await succeed(['up', '-f', lab.file])
    assert.deepEqual((await readyPaths()).sort(), everything)
  })

  await t.test('a killed switch process comes back and the machines’ frames with it', async () => {
    const pids = await processesWith('switch')
    const own: number[] = []
    for (const pid of pids) {
      if ((await readFile(`/proc/${pid}/cmdline`, 'utf8')).includes(join('labs', name))) own.push(pid)
    }
    assert.equal(own.length, 1, `expected one switch process, saw ${own}`)
    process.kill(own[0] ?? 0, 'SIGKILL')
    assert.ok((await status()).switches.some((one) => !one.alive))
    await succeed(['up', '-f', lab.file])
    assert.ok((await status()).switches.every((one) => one.alive))
    assert.deepEqual((await readyPaths()).sort(), everything)
  })

  await t.test('a killed hypervisor shows as crashed and comes back with what was inside', async () => {
    const [pid] = await processesWith(join(home, 'state', 'labs', name, 'machines', 'node', 'qemu.pid'))
    process.kill(pid ?? 0, 'SIGKILL')
    await assertStatusIsTrue()
    const node = (await status()).machines.find((one) => one.path === 'node')
    assert.equal(node?.state, 'crashed')
    await succeed(['up', '-f', lab.file])
    assert.deepEqual((await readyPaths()).sort(), everything)
  })

  await t.test('down, killed again and again at each line of its journal, leaves nothing', async () => {
    const seen = new Set<string>()
    while (await killAtNextNewLine(['down', '--lab', name], seen)) await assertStatusIsTrue()
    assert.ok(seen.has('begin remove-machine node'), `walked only ${[...seen].join(', ')}`)
    await nestlab(['down', '--lab', name])
    assert.deepEqual(await leftovers(name), [])
  })
})
