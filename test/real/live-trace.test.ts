/** A running lab beside its file: what `test` expects of real guests, and where `trace --live` sees reality part. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type LabFile, labFile, nestlab, succeed } from './command.ts'
import './alone.ts'

const lab = 'real-live-trace'
let file: LabFile

before(async () => {
  file = await labFile(
    lab,
    `nestlab: 1
name: ${lab}
switches:
  vSwitch0: { portgroups: { lan: { vlan: 10 }, other: { vlan: 20 } } }
machines:
  a: { image: tiny, cpus: 1, memory: 96MiB, nics: [{ portgroup: lan, address: 10.9.0.1/24 }] }
  b: { image: tiny, cpus: 1, memory: 96MiB, nics: [{ portgroup: lan, address: 10.9.0.2/24 }, { portgroup: other }] }
expect:
  - reach: { from: a, to: b }
  - http: { from: a, to: b }
  - exec: { on: b, command: [sh, -c, 'test "$(hostname)" = b'] }
`,
  )
  await succeed(['up', '-f', file.file])
})
after(() => file[Symbol.asyncDispose]())

interface Live {
  readonly reached: boolean
  readonly live: { readonly reached: boolean; readonly comparison: { readonly parting?: string } }
}

async function live(code: number, ...args: readonly string[]): Promise<Live> {
  const ended = await nestlab(['trace', '-f', file.file, 'a', 'b', '--live', '--json', ...args])
  assert.equal(ended.code, code, ended.stdout + ended.stderr)
  return JSON.parse(ended.stdout) as Live
}

test('real guests do what the file expects of them', async () => {
  const said = await succeed(['test', '-f', file.file])
  assert.match(said, /✓ a reaches b .*\n.*answers from 10\.9\.0\.2/)
  assert.match(said, /✓ b answers a over HTTP on port 80 with 200/)
  assert.match(said, /3 of 3 hold, 0 do not \(asked the machines\)/)
})

test('a ping and a connection are seen at every port, as foretold', async () => {
  for (const probe of [[], ['--tcp', '80']]) {
    const { live: seen } = await live(0, ...probe)
    assert.equal(seen.reached, true)
    assert.equal(seen.comparison.parting, undefined)
  }
})

test('a guest that has its NIC down, and a link that loses all, are found where they are', async () => {
  await succeed(['exec', '--lab', lab, 'b', '--', 'ip', 'link', 'set', 'nic0', 'down'])
  const down = await live(1)
  assert.equal(down.reached, true)
  assert.match(down.live.comparison.parting ?? '', /arp reply was never sent, or not by b:nic0/)
  await succeed(['exec', '--lab', lab, 'b', '--', 'ip', 'link', 'set', 'nic0', 'up'])
  await succeed(['net', 'impair', '--lab', lab, 'b:nic0', '--loss', '100%'])
  const lossy = await live(1)
  assert.match(lossy.live.comparison.parting ?? '', /did not leave by b:nic0: IMPAIRED_LOSS/)
  await succeed(['net', 'impair', '--lab', lab, 'b:nic0', '--clear'])
  assert.equal((await live(0)).live.comparison.parting, undefined)
})

test('a file that is no longer what runs is told from one that is', async () => {
  await file.rewrite((text) =>
    text.replace(
      'b: { image: tiny, cpus: 1, memory: 96MiB, nics: [{ portgroup: lan',
      'b: { image: tiny, cpus: 1, memory: 96MiB, nics: [{ portgroup: other',
    ),
  )
  const { reached, live: seen } = await live(1)
  assert.equal(reached, false)
  assert.equal(seen.reached, true)
  assert.match(seen.comparison.parting ?? '', /not what the file says/)
})
