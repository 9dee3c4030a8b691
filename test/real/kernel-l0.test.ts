/**
 * Level 0 carried by the kernel: bridges, taps and rules, in a network namespace of its own, so that no frame and no
 * device of this machine has a part in it.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { home, leftovers, succeed } from './command.ts'
import './alone.ts'

const program = fileURLToPath(new URL('../../bin/nestlab', import.meta.url))
const name = 'test-kernel-l0'
const text = `nestlab: 1
name: ${name}
switches:
  lan:
    security: { promiscuous: reject, macChanges: reject, forgedTransmits: reject }
    portgroups: { strict: {}, other: {} }
machines:
  a: { image: tiny, nics: [{ portgroup: strict, address: 10.79.0.1/24 }] }
  b: { image: tiny, nics: [{ portgroup: strict, address: 10.79.0.2/24 }] }
  c: { image: tiny, nics: [{ portgroup: other, address: 10.79.0.3/24 }] }
`

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

let place: ChildProcess
let folder: string
let file: string

function within(...argv: readonly string[]): Promise<Ended> {
  const env = { ...process.env, NESTLAB_HOME: home, NO_COLOR: '1' }
  return new Promise((resolve) => {
    const enter = ['-t', String(place.pid), '-n', '-m', '--']
    execFile('nsenter', [...enter, ...argv], { env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr })
    })
  })
}

const nestlab = (...args: readonly string[]) => within(program, ...args)

async function must(...argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await within(...argv)
  assert.equal(code, 0, `${argv.join(' ')}\n${stdout}${stderr}`)
  return stdout
}

const up = (...more: readonly string[]) => must(program, 'up', '-f', file, ...more)

function guest(machine: string, line: string): Promise<Ended> {
  return nestlab('exec', '--lab', name, machine, '--', 'sh', '-c', line)
}

const foreignMac = '02:00:00:00:00:99'
const take = (mac: string) => `ip link set nic0 down; ip link set nic0 address ${mac}; ip link set nic0 up`
/** Asks for b as another MAC than its own. No answer comes: the switch knows nobody who has that MAC. */
const forge = `own=$(cat /sys/class/net/nic0/address); ${take(foreignMac)}; ping -c 1 -W 1 10.79.0.2; ${take('$own')}`

const devices = () => must('ip', '-o', 'link', 'show')
const tables = () => must('nft', 'list', 'tables')

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nestlab-kernel-'))
  file = join(folder, `${name}.lab.yaml`)
  await writeFile(file, text)
  await succeed(['image', 'build', 'tiny'])
  const script = 'mount -t sysfs sysfs /sys; ip link set lo up; echo ready; exec sleep 3600'
  place = spawn('unshare', ['-nm', '--propagation', 'private', 'sh', '-c', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  assert.ok(place.stdout)
  await once(place.stdout, 'data')
})

after(async () => {
  await nestlab('down', '--lab', name)
  place?.kill()
  await rm(folder, { recursive: true, force: true })
})

test('where iptables would judge the frames, the lab is refused with the command that ends that', async (t) => {
  const judging = await within('grep', '-qx', '1', '/proc/sys/net/bridge/bridge-nf-call-iptables')
  if (judging.code !== 0) return t.skip('no br_netfilter here')
  const { code, stderr } = await nestlab('up', '-f', file, '--switch', 'kernel')
  assert.equal(code, 3)
  const [, command = ''] = /`sudo (sysctl -w [^`]+)`/.exec(stderr) ?? []
  await must(...command.split(' '))
})

test('a lab comes up on the kernel, which another up finds as it shall be', async () => {
  await up('--switch', 'kernel')
  assert.equal((await guest('a', 'ping -c 2 -W 5 10.79.0.2 && ping -c 2 -W 5 10.79.0.3')).code, 0)
  assert.equal((await devices()).match(/nestlab test-kernel-l0 nk-/g)?.length, 4)
  const { steps } = JSON.parse(await must(program, 'plan', '-f', file, '--json')) as { steps: unknown[] }
  assert.deepEqual(steps, [])
  const changed = await nestlab('up', '-f', file, '--switch', 'process')
  assert.equal(changed.code, 1)
  assert.match(changed.stderr, /carrier-changed/)
})

test('forged frames are dropped and counted, until the policy changes on the running lab', async () => {
  const heard = async () => (await guest('b', `grep -c ${foreignMac} /proc/net/arp`)).stdout.trim() !== '0'
  await guest('a', forge)
  assert.match(await must(program, 'net', 'stats', '--lab', name, '--json'), /"FORGED_TRANSMIT":[1-9]/)
  assert.equal(await heard(), false)
  const status = async () =>
    (await must(program, 'status', '--lab', name, '--json')).match(/"pid":\d+/g)?.join()
  const started = await status()
  await writeFile(file, text.replace('forgedTransmits: reject', 'forgedTransmits: accept'))
  await up()
  await guest('a', forge)
  assert.equal(await heard(), true)
  assert.equal(await status(), started)
})

test('a machine that was killed leaves a tap, which the next up takes again', async () => {
  const pidFile = join(home, 'state', 'labs', name, 'machines', 'b', 'qemu.pid')
  process.kill(Number(await readFile(pidFile, 'utf8')), 'SIGKILL')
  await up()
  assert.equal((await guest('b', 'ping -c 2 -W 5 10.79.0.1')).code, 0)
})

test('down leaves no device and no table, also of what no record names, and takes nobody else’s', async () => {
  const bridge = /(nk-\w+):/.exec(await devices())?.[1] ?? ''
  const lost = `${bridge.slice(0, 8)}lost`
  await must('ip', 'link', 'add', lost, 'type', 'bridge')
  await must('nft', 'add', 'table', 'bridge', lost)
  await must('ip', 'link', 'add', 'nk-other', 'type', 'bridge')
  await must('ip', 'link', 'set', 'nk-other', 'alias', 'nestlab test-kernel-l0 nk-other')
  await must(program, 'down', '--lab', name)
  assert.equal((await devices()).match(/nk-\w+(?=:)/g)?.join(), 'nk-other')
  assert.equal(await tables(), '')
  assert.deepEqual(await leftovers(name), [])
})

test('a VLAN is refused where the kernel’s bridges tell none apart', async (t) => {
  const probe = await within('sh', '-c', 'ip link set nk-other type bridge vlan_filtering 1')
  if (probe.code === 0) return t.skip('this kernel has VLAN filtering')
  await writeFile(file, text.replace('strict: {}', 'strict: { vlan: 10 }'))
  const { code, stderr } = await nestlab('up', '-f', file, '--switch', 'kernel')
  assert.equal(code, 3)
  assert.match(stderr, /lan\/strict: .*CONFIG_BRIDGE_VLAN_FILTERING/)
})
