/** `nestlab test`, as a process: what a lab file expects, judged on the file and asked of simulated machines. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Desk } from './command.ts'

const machines = `
switches:
  vSwitch0: { portgroups: { lan: { vlan: 10 }, other: { vlan: 20 } } }
machines:
  a: { image: tiny, memory: 96MiB, nics: [{ portgroup: lan, address: 10.9.0.1/24 }] }
  b: { image: tiny, memory: 96MiB, nics: [{ portgroup: lan, address: 10.9.0.2/24 }] }
  c: { image: tiny, memory: 96MiB, nics: [{ portgroup: other, address: 10.9.0.3/24 }] }
`
const good = `nestlab: 1
name: good
site: sim
${machines}
expect:
  - reach: { from: a, to: b }
  - isolated: { from: a, to: c }
  - exec: { on: b, command: [test, -d, /etc] }
  - exec: { on: b, command: ["false"], exitCode: 1 }
`
const bad = `nestlab: 1
name: bad
site: sim
${machines}
expect:
  - reach: { from: a, to: c }
  - isolated: { from: a, to: b }
  - reach: { from: a, to: b }
  - exec: { on: a, command: ["false"] }
`

interface Answer {
  readonly live: boolean
  readonly results: readonly {
    readonly index: number
    readonly holds: boolean | 'unknown'
    readonly seen: string
  }[]
}

let desk: Desk

before(async () => {
  desk = await Desk.open()
  await desk.write('good.lab.yaml', good)
  await desk.write('bad.lab.yaml', bad)
})
after(async () => {
  for (const lab of ['good', 'bad']) await desk.run(['down', '--lab', lab])
  await desk[Symbol.asyncDispose]()
})

const verdicts = ({ results }: Answer) => results.map(({ holds }) => holds)

test('before the lab is up, the file alone is judged, and commands are left open', async () => {
  const answer = (await desk.json(0, 'test', '-f', 'good.lab.yaml')) as Answer
  assert.equal(answer.live, false)
  assert.deepEqual(verdicts(answer), [true, true, 'unknown', 'unknown'])
  const { stdout } = await desk.expect(0, 'test', '-f', 'good.lab.yaml')
  assert.match(stdout, /✓ a reaches b\n✓ a is isolated from c\n– `test -d \/etc` on b succeeds/)
  assert.match(stdout, /2 of 4 hold, 0 do not, 2 can only be checked on the running lab/)
})

test('what does not hold is told with the setting and its line, and the exit code is 1', async () => {
  const { stdout } = await desk.expect(1, 'test', '-f', 'bad.lab.yaml')
  assert.match(stdout, /✗ a reaches c\n.*\n {4}because of vSwitch0\/other vlan: 20 \(bad\.lab\.yaml:6\)/)
  assert.match(stdout, /✗ a is isolated from b\n {4}frame and answer arrive/)
})

test('a running lab is asked itself', async () => {
  await desk.expect(0, 'up', '-f', 'good.lab.yaml')
  const answer = (await desk.json(0, 'test', '-f', 'good.lab.yaml')) as Answer
  assert.equal(answer.live, true)
  assert.deepEqual(verdicts(answer), [true, true, true, true])
  assert.match(answer.results[0]?.seen ?? '', /3 of 3 answers from 10\.9\.0\.2/)
  const still = (await desk.json(0, 'test', '-f', 'good.lab.yaml', '--static')) as Answer
  assert.equal(still.live, false)
})

test('running machines that do not do what is expected fail the test, and CI can read it', async () => {
  await desk.expect(0, 'up', '-f', 'bad.lab.yaml')
  const answer = (await desk.json(1, 'test', '-f', 'bad.lab.yaml', '--junit', 'out.xml')) as Answer
  assert.deepEqual(verdicts(answer), [false, false, true, false])
  assert.match(answer.results[0]?.seen ?? '', /no answer from 10\.9\.0\.3/)
  assert.match(answer.results[3]?.seen ?? '', /exit code 1/)
  const xml = await readFile(join(desk.folder, 'out.xml'), 'utf8')
  assert.match(xml, /<testsuites tests="4" failures="3" skipped="0"/)
})

test('a machine that is down fails its own expectations and no others', async () => {
  await desk.expect(0, 'up', '-f', 'good.lab.yaml')
  await desk.expect(0, 'stop', 'a', '--lab', 'good')
  const answer = (await desk.json(1, 'test', '-f', 'good.lab.yaml')) as Answer
  assert.deepEqual(verdicts(answer), [false, false, true, true])
})

test('a file without expectations, contradicting options and a lab that is not up are refused', async () => {
  await desk.write(
    'none.lab.yaml',
    good.slice(0, good.indexOf('expect:')).replace('name: good', 'name: none'),
  )
  assert.match(
    (await desk.expect(1, 'test', '-f', 'none.lab.yaml')).stderr,
    /expects nothing.*no-expectations/s,
  )
  assert.match((await desk.expect(2, 'test', '-f', 'good.lab.yaml', '--static', '--live')).stderr, /exclude/)
  await desk.write('down.lab.yaml', good.replace('name: good', 'name: never-up'))
  assert.match((await desk.expect(2, 'test', '-f', 'down.lab.yaml', '--live')).stderr, /no lab never-up/)
})
