/** Bad links and captures of two real machines: what a ping notices, and what an independent reader of captures sees. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { LabStatus } from '#engine'
import { type LabFile, labFile, nestlab, start, succeed } from './command.ts'
import './alone.ts'

const name = 'test-conditions'
const text = `nestlab: 1
name: ${name}
switches:
  vSwitch0: { portgroups: { lan: {} } }
machines:
  a: { image: tiny, memory: 96MiB, nics: [{ portgroup: lan, address: 10.0.0.0/24 }] }
  b: { image: tiny, memory: 96MiB, nics: [{ portgroup: lan, address: 10.0.0.0/24 }] }
`
let lab: LabFile
let folder: string
let target: string

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nestlab-conditions-'))
  lab = await labFile(name, text)
  await succeed(['up', '-f', lab.file])
  const { machines } = JSON.parse(await succeed(['status', '--lab', name, '--json'])) as LabStatus
  target = machines.find(({ path }) => path === 'b')?.addresses[0]?.split('/')[0] ?? ''
  assert.match(target, /^10\.0\.0\.\d+$/)
})
after(async () => {
  await lab[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const net = (...args: string[]) => succeed(['net', ...args, '--lab', name])
const ping = (count: number) =>
  nestlab(['exec', '--lab', name, 'a', '--', 'ping', '-c', `${count}`, '-W', '2', target])

async function leastRoundTripMs(): Promise<number> {
  const { stdout } = await ping(3)
  return Number(/min\/avg\/max = ([\d.]+)/.exec(stdout)?.[1] ?? assert.fail(stdout))
}

function tshark(file: string, ...fields: string[]): string[] {
  const args = ['-r', file, '-T', 'fields', '-E', 'separator=|', ...fields.flatMap((field) => ['-e', field])]
  const said = execFileSync('tshark', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  return said.trimEnd().split('\n')
}

/** A capture that has begun. */
async function capturing(...args: string[]) {
  const running = start(['net', 'capture', '--lab', name, ...args])
  let said = ''
  while (running.child.stderr && !said.includes('Capturing.')) {
    const [chunk] = await once(running.child.stderr, 'data')
    said += chunk
  }
  return running
}

test('a delay of 40 ms each way makes every round trip at least 80 ms long', async () => {
  await net('impair', 'a', '--delay', '40ms')
  assert.ok((await leastRoundTripMs()) >= 80)
  await net('impair', 'a', '--delay', '40ms', '--direction', 'out')
  assert.ok((await leastRoundTripMs()) >= 40)
  assert.match(await net('impair'), /^a:nic0 +delay 40ms, out only, seed \d+$/m)
})

test('losing everything stops a ping, the counters and the capture say so, and --clear restores it', async () => {
  const file = join(folder, 'drops.pcapng')
  await net('impair', 'a', '--loss', '100%', '--seed', '7')
  const capture = await capturing('a', '--drops', '--count', '1', '-w', file)
  assert.notEqual((await ping(1)).code, 0)
  assert.equal((await capture.ended).code, 0)
  assert.deepEqual(tshark(file, 'frame.interface_name', 'frame.comment'), [
    'a:nic0 (vSwitch0/lan)|IMPAIRED_LOSS: link conditions: loss',
  ])
  assert.match(await net('stats'), /IMPAIRED_LOSS at vSwitch0 a:nic0/)
  assert.equal(await net('impair', 'a', '--clear'), 'The link of a is good.\n')
  assert.equal((await ping(1)).code, 0)
  const again = await nestlab(['net', 'capture', 'a', '--lab', name, '-w', file])
  assert.equal(again.code, 2)
  assert.match(again.stderr, /exists already[\s\S]*--force/)
})

test('a capture shows both directions of a ping, ends in good order with Ctrl-C, and works in a pipe', async () => {
  const file = join(folder, 'ping.pcapng')
  const capture = await capturing('a:nic0', '-w', file)
  assert.equal((await ping(1)).code, 0)
  capture.child.kill('SIGINT')
  const { code, stderr } = await capture.ended
  assert.equal(code, 0, stderr)
  assert.match(stderr, /\d+ frames written\./)
  const rows = tshark(file, 'frame.p2p_dir', 'icmp.type').filter((row) => /\|[08]$/.test(row))
  assert.deepEqual(rows, ['1|8', '0|0'])

  const piped = await capturing('-w', '-', '--count', '2')
  let bytes = 0
  piped.child.stdout?.on('data', (chunk: string) => {
    bytes += chunk.length
  })
  assert.equal((await ping(1)).code, 0)
  assert.equal((await piped.ended).code, 0)
  assert.ok(bytes > 200)
})

test('a reader of the pipe that goes away ends the capture', async () => {
  const capture = await capturing('-w', '-')
  capture.child.stdout?.destroy()
  await ping(1)
  assert.equal((await capture.ended).code, 0)
})

test('the switch names whose MAC is whose, and the watch sees the ping', async () => {
  const watching = start(['net', 'watch', '--json', '--interval', '200ms', '--lab', name])
  const seen = new Promise<void>((resolve) => {
    watching.child.stdout?.on('data', (chunk: string) => {
      if (chunk.includes('"b:nic0"')) resolve()
    })
  })
  assert.equal((await ping(2)).code, 0)
  await seen
  watching.child.kill('SIGINT')
  assert.equal((await watching.ended).code, 0)
  const { macs } = JSON.parse(await net('macs', 'b', '--json')) as { macs: { owner: string; kind: string }[] }
  assert.deepEqual(
    macs.map(({ owner, kind }) => [owner, kind]),
    [['b:nic0', 'static']],
  )
})

test('bad links outlive another `nestlab up`, and --clear without a machine ends them all', async () => {
  await net('impair', 'b', '--down')
  assert.notEqual((await ping(1)).code, 0)
  await succeed(['up', '-f', lab.file])
  assert.match(await net('impair'), /^b:nic0 +down/m)
  assert.notEqual((await ping(1)).code, 0)
  await net('impair', '--clear')
  assert.equal((await ping(1)).code, 0)
})
