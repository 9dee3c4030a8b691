/** Every verb that works on a lab, as a process, on simulated machines. */
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { LabStatus, Plan } from '#engine'
import { Desk, simulatedLab } from './command.ts'

let desk: Desk

before(async () => {
  desk = await Desk.open()
  await desk.write('demo.lab.yaml', simulatedLab)
  await desk.expect(0, 'up')
})

after(async () => {
  await desk.run(['down', '--lab', 'demo'])
  await desk[Symbol.asyncDispose]()
})

const inner = ['kvm-1', 'kvm-1/web', 'kvm-2', 'kvm-2/web']

/** The address that the simulated guest itself shows. */
async function addressOf(path: string): Promise<string> {
  const { stdout } = await desk.expect(0, 'exec', path, '--', 'ip', 'addr')
  return /inet (10\.0\.10\.\d+)/.exec(stdout)?.[1] ?? assert.fail(stdout)
}

test('up is true to its word, and says nothing is left to do when repeated', async () => {
  const plan = (await desk.json(0, 'plan')) as Plan
  assert.deepEqual(plan.steps, [])
  assert.match((await desk.expect(0, 'plan')).stdout, /nothing to do/)
  assert.match((await desk.expect(0, 'up')).stdout, /✓ demo: done in/)
})

test('status shows every machine at every level, as a tree and as data', async () => {
  const { stdout } = await desk.expect(0, 'status')
  assert.match(stdout, /^demo \(sim\)\n├─ kvm-1 +L1 +ready +simulated/)
  assert.match(stdout, /\n│ {2}└─ web +L2 +ready .* 10\.0\.10\.\d+\/24/)
  const status = (await desk.json(0, 'status')) as LabStatus
  assert.deepEqual(status.machines.map((machine) => machine.path).sort(), inner)
  assert.ok(status.machines.every((machine) => machine.state === 'ready'))
  assert.deepEqual(Object.keys(status).sort(), ['interrupted', 'lab', 'machines', 'site', 'switches'])
})

test('ls names the labs and where they came from', async () => {
  const answer = (await desk.json(0, 'ls')) as { labs: { name: string; site: string; file: string }[] }
  const file = join(desk.folder, 'demo.lab.yaml')
  assert.deepEqual(answer.labs, [{ name: 'demo', site: 'sim', file }])
  assert.match((await desk.expect(0, 'ls')).stdout, /demo +sim +.*demo\.lab\.yaml/)
})

test('show draws the lab, and --resolved prints a file that means the same', async () => {
  assert.match((await desk.expect(0, 'show')).stdout, /└─ web +L2/)
  const { stdout } = await desk.expect(0, 'show', '--resolved')
  await using other = await Desk.open()
  await other.write('demo.lab.yaml', stdout)
  const [first, second] = [await desk.json(0, 'show'), await other.json(0, 'show')]
  assert.deepEqual(second, first)
})

test('exec passes arguments, input, output, errors and the exit code', async () => {
  assert.equal(
    (await desk.expect(0, 'exec', 'kvm-1/web', '--', 'echo', 'a  b', '$HOME', "it's")).stdout,
    "a  b $HOME it's\n",
  )
  const piped = await desk.run(['exec', 'kvm-1/web', 'cat'], { stdin: 'one\ntwo\n' })
  assert.equal(piped.stdout, 'one\ntwo\n')
  const failed = await desk.expect(7, 'exec', 'kvm-2', '--', 'sh', '-c', 'echo no >&2; exit 7')
  assert.deepEqual([failed.stdout, failed.stderr], ['', 'no\n'])
})

test('exec hands options behind the path to the command', async () => {
  assert.equal(
    (await desk.expect(0, 'exec', 'kvm-1', 'echo', '--json', '--debug')).stdout,
    '--json --debug\n',
  )
  const answer = await desk.json(0, 'exec', 'kvm-1', '--', 'echo').catch((error: Error) => error)
  assert.ok(answer instanceof SyntaxError, 'a --json behind the command is the command’s')
})

test('exec --json answers with what the command said', async () => {
  const { stdout } = await desk.expect(3, 'exec', '--json', 'kvm-1/web', '--', 'sh', '-c', 'hostname; exit 3')
  assert.deepEqual(JSON.parse(stdout), {
    lab: 'demo',
    path: 'kvm-1/web',
    exitCode: 3,
    stdout: 'web\n',
    stderr: '',
  })
})

test('a machine that is not there is named, with those that are', async () => {
  const { stderr } = await desk.run(['exec', 'kvm-1/wbe', '--', 'true'])
  assert.match(stderr, /kvm-1\/wbe/)
  assert.match(stderr, /kvm-1\/web/)
})

test('net stats counts what a ping sent through three switches', async () => {
  await desk.expect(0, 'exec', 'kvm-1/web', '--', 'ping', '-c', '2', await addressOf('kvm-2/web'))
  const { stdout } = await desk.expect(0, 'net', 'stats')
  assert.match(stdout, /^SWITCH +PORT GROUP +PORT +LINK +IN +OUT +DROPPED\n/)
  assert.match(stdout, /kvm-2\/br0 +web +web:nic0 +up +[1-9]/)
})

test('net stats names the reason of a drop and the setting responsible', async () => {
  await using other = await Desk.open()
  const rejecting = simulatedLab.replace('promiscuous: accept', 'promiscuous: reject')
  await other.write('demo.lab.yaml', rejecting)
  await other.expect(0, 'up', '--accept', 'network/promiscuous')
  await other.run(['exec', 'kvm-1/web', '--', 'ping', '-c', '1', '-W', '1', await addressOf('kvm-2/web')])
  const { stdout } = await other.expect(0, 'net', 'stats')
  assert.match(stdout, /UNKNOWN_UNICAST at vSwitch0 kvm-/)
  assert.match(stdout, /because of .*vSwitch0\/trunk security\.promiscuous: reject/)
  await other.expect(0, 'down')
})

test('logs print the serial console, with nothing in it that drives a terminal', async () => {
  const { stdout } = await desk.expect(0, 'logs', 'kvm-1')
  assert.match(stdout, /kvm-1 is up/)
  assert.ok([...stdout].every((letter) => letter === '\n' || letter >= ' '))
  const answer = (await desk.json(0, 'logs', 'kvm-1')) as { log: string }
  assert.match(answer.log, /kvm-1 is up/)
})

test('stop and start name what they did, and keep the machine', async () => {
  const stopped = (await desk.json(0, 'stop', 'kvm-2/web')) as LabStatus
  assert.equal(stopped.machines.find((machine) => machine.path === 'kvm-2/web')?.state, 'stopped')
  const { stdout } = await desk.expect(0, 'start', 'kvm-2/web')
  assert.match(stdout, /└─ web +L2 +ready[^\n]*\n✓ demo: done/)
})

test('down says what it removed and leaves nothing', async () => {
  await using other = await Desk.open()
  await other.write('gone.lab.yaml', simulatedLab.replace('name: demo', 'name: gone'))
  await other.expect(0, 'up')
  const answer = (await other.json(0, 'down')) as { lab: string; removed: string[]; tookMs: number }
  assert.equal(answer.lab, 'gone')
  assert.ok(answer.removed.length >= 4, String(answer.removed))
  assert.deepEqual(await readdir(join(other.folder, '.home', 'state', 'labs')), [])
  assert.match((await other.expect(2, 'down')).stderr, /There is no lab/)
})

test('of several labs the one of this folder’s file is meant, unless named', async () => {
  await using other = await Desk.open()
  const home = { NESTLAB_HOME: join(desk.folder, '.home') }
  await other.write('second.lab.yaml', simulatedLab.replace('name: demo', 'name: second'))
  const up = await other.run(['up', '--only', 'kvm-1'], { environment: home })
  assert.equal(up.code, 0, up.stderr)
  assert.match((await other.run(['status'], { environment: home })).stdout, /^second /)
  assert.match((await desk.expect(0, 'status')).stdout, /^demo /)
  await using elsewhere = await Desk.open()
  const unclear = await elsewhere.run(['status'], { environment: home })
  assert.equal(unclear.code, 2)
  assert.match(unclear.stderr, /several labs: demo, second[\s\S]*--lab demo/)
  assert.equal((await other.run(['down'], { environment: home })).code, 0)
})

test('a lab that fails says where, what exists, and exits with 4', async () => {
  await using other = await Desk.open()
  const text =
    'nestlab: 1\nname: broken\nsite: sim\nmachines:\n  fine: { image: tiny }\n  no-start: { image: tiny }\n'
  await other.write('broken.lab.yaml', text)
  const { stdout, stderr } = await other.expect(4, 'up')
  assert.equal(stdout, '')
  assert.match(stderr, /no-start: failed while starting/)
  assert.match(stderr, /This exists of broken now:\nbroken \(sim\)\n├─ fine /)
  await other.expect(0, 'down')
})
