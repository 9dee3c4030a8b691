/** `nestlab snapshot`, `revert`, `clone`, `freeze`, `thaw` and `warm` as processes, on simulated machines. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Desk } from './command.ts'

const lab = (memory: string) => `nestlab: 1
name: pair
site: sim
switches: { lan: { portgroups: { main: {} } } }
machines:
  a: { image: tiny, memory: ${memory}, nics: [{ portgroup: main }] }
  b: { image: tiny, memory: 64MiB, nics: [{ portgroup: main }] }
`

async function upDesk(): Promise<Desk> {
  const desk = await Desk.open()
  await desk.write('pair.lab.yaml', lab('64MiB'))
  await desk.expect(0, 'up')
  return desk
}

const json = (text: string) => JSON.parse(text) as Record<string, unknown>

test('a snapshot is taken, listed, shown and gone back to', async () => {
  await using desk = await upDesk()
  const none = await desk.expect(0, 'snapshot', 'ls')
  assert.match(none.stdout, /Lab pair has no snapshot/)
  await desk.expect(0, 'exec', 'a', '--', 'touch', '/tmp/before')
  const taken = await desk.expect(0, 'snapshot', 'create', 'first', '--note', 'as it came up')
  assert.match(taken.stdout, /first: 2 running machines/)
  await desk.expect(0, 'exec', 'a', '--', 'touch', '/tmp/after')
  await desk.expect(0, 'snapshot', 'create', 'second')

  const { snapshots, current } = json((await desk.expect(0, 'snapshot', 'ls', '--json')).stdout) as {
    snapshots: { name: string; parent?: string; note?: string; running: string[] }[]
    current: string
  }
  assert.deepEqual(
    snapshots.map(({ name, parent, note, running }) => [name, parent, note, running.toSorted()]),
    [
      ['first', undefined, 'as it came up', ['a', 'b']],
      ['second', 'first', undefined, ['a', 'b']],
    ],
  )
  assert.equal(current, 'second')
  const shown = await desk.expect(0, 'snapshot', 'show', 'first')
  assert.match(shown.stdout, /^a +64 MiB/m)

  await desk.expect(0, 'revert', 'first')
  await desk.expect(0, 'exec', 'a', '--', 'test', '-e', '/tmp/before')
  await desk.expect(1, 'exec', 'a', '--', 'test', '-e', '/tmp/after')
  assert.match((await desk.expect(0, 'snapshot', 'tree')).stdout, /first .*the lab is here/)
  await desk.expect(0, 'snapshot', 'rm', 'first')
  const left = await desk.expect(0, 'snapshot', 'ls')
  assert.match(left.stdout, /second/)
  assert.doesNotMatch(left.stdout, /first/)
})

test('single machines are kept and gone back to while the others go on', async () => {
  await using desk = await upDesk()
  const taken = await desk.expect(0, 'snapshot', 'create', 'only-a', '--only', 'a')
  assert.match(taken.stdout, /1 running machine/)
  for (const machine of ['a', 'b']) await desk.expect(0, 'exec', machine, '--', 'touch', '/tmp/after')
  await desk.expect(0, 'revert', 'only-a')
  await desk.expect(1, 'exec', 'a', '--', 'test', '-e', '/tmp/after')
  await desk.expect(0, 'exec', 'b', '--', 'test', '-e', '/tmp/after')
  const refused = await desk.expect(1, 'clone', 'pair@only-a', '--name', 'copy')
  assert.match(refused.stderr, /snapshot-is-part/)
})

test('up keeps a lab before it makes a running machine anew, so that this can be undone', async () => {
  await using desk = await upDesk()
  await desk.expect(0, 'exec', 'a', '--', 'touch', '/tmp/mine')
  await desk.write('pair.lab.yaml', lab('96MiB'))
  const { stderr } = await desk.expect(0, 'up')
  const name = /nestlab revert (before-up-\S+)/.exec(stderr)?.[1]
  assert.ok(name, stderr)
  await desk.expect(1, 'exec', 'a', '--', 'test', '-e', '/tmp/mine')
  const differs = await desk.expect(0, 'snapshot', 'diff', name)
  assert.match(differs.stdout, /a: memory 64 → 96 MiB/)
  await desk.expect(0, 'revert', name)
  await desk.expect(0, 'exec', 'a', '--', 'test', '-e', '/tmp/mine')
  await desk.expect(0, 'up', '--keep-nothing')
  const list = json((await desk.expect(0, 'snapshot', 'ls', '--json')).stdout) as { snapshots: unknown[] }
  assert.equal(list.snapshots.length, 1)
})

test('copies go on by themselves, stand still and go on again', async () => {
  await using desk = await upDesk()
  await desk.expect(0, 'exec', 'a', '--', 'touch', '/tmp/shared')
  await desk.expect(0, 'snapshot', 'create', 'ready')
  await desk.expect(0, 'clone', 'pair@ready', '--name', 'seat', '--count', '2')
  await desk.expect(0, 'exec', '--lab', 'seat-1', 'a', '--', 'touch', '/tmp/own')
  for (const [seat, code] of [
    ['seat-1', 0],
    ['seat-2', 1],
    ['pair', 1],
  ] as const) {
    await desk.expect(0, 'exec', '--lab', seat, 'a', '--', 'test', '-e', '/tmp/shared')
    await desk.expect(code, 'exec', '--lab', seat, 'a', '--', 'test', '-e', '/tmp/own')
  }
  const again = await desk.expect(0, 'clone', 'pair@ready', '--name', 'seat', '--count', '3')
  assert.match(again.stderr, /seat-1 is there already and is left alone.*seat-2 is there already/s)
  assert.match(again.stdout, /seat-3/)
  await desk.expect(0, 'freeze', '--lab', 'seat-2')
  assert.match((await desk.expect(0, 'status', '--lab', 'seat-2')).stdout, /paused/)
  await desk.expect(0, 'thaw', '--lab', 'seat-2')
  await desk.expect(0, 'exec', '--lab', 'seat-2', 'a', '--', 'true')
  const taken = await desk.expect(1, 'clone', 'pair@ready', '--name', 'pair')
  assert.match(taken.stderr, /clone-name-taken/)
  for (const seat of ['seat-1', 'seat-2']) await desk.expect(0, 'down', '--lab', seat)
})

test('a lab that is kept warm goes on where it was kept', async () => {
  await using desk = await upDesk()
  await desk.expect(0, 'exec', 'a', '--', 'touch', '/tmp/prepared')
  await desk.expect(0, 'warm', 'make')
  await desk.expect(0, 'down')
  assert.match((await desk.expect(0, 'warm', 'ls')).stdout, /pair/)
  const { stderr } = await desk.expect(0, 'up')
  assert.match(stderr, /goes on from a warm lab/)
  await desk.expect(0, 'exec', 'a', '--', 'test', '-e', '/tmp/prepared')
  await desk.expect(0, 'down')
  await desk.expect(0, 'warm', 'rm', 'pair')
  await desk.expect(0, 'up')
  await desk.expect(1, 'exec', 'a', '--', 'test', '-e', '/tmp/prepared')
})

test('what cannot be is refused with a remedy', async () => {
  await using desk = await upDesk()
  const cases = [
    [2, /snapshot-name-unfit/, ['snapshot', 'create', '../x']],
    [2, /no-such-snapshot/, ['revert', 'never']],
    [2, /no-such-snapshot/, ['snapshot', 'rm', 'never']],
    [2, /wrong-usage/, ['clone', 'pair']],
    [2, /wrong-usage/, ['clone', 'pair', '--name', 'A B']],
    [2, /wrong-usage/, ['clone', 'pair', '--name', 'x', '--count', '0']],
    [2, /no-such-warm/, ['warm', 'rm', 'pair']],
    [2, /only-matches-nothing/, ['snapshot', 'create', 'x', '--only', 'zebra']],
  ] as const
  for (const [code, text, args] of cases) assert.match((await desk.expect(code, ...args)).stderr, text)
  await desk.expect(0, 'snapshot', 'create', 'once')
  assert.match((await desk.expect(1, 'snapshot', 'create', 'once')).stderr, /snapshot-name-taken/)
})
