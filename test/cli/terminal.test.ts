/** The command on a terminal: live progress, colours, shells, consoles and Ctrl-C. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Desk, simulatedLab } from './command.ts'

let desk: Desk

before(async () => {
  desk = await Desk.open()
  await desk.write('demo.lab.yaml', simulatedLab)
})

after(async () => {
  await desk.run(['down', '--lab', 'demo'])
  await desk[Symbol.asyncDispose]()
})

const colour = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`)
const cursorUp = new RegExp(`${String.fromCharCode(27)}\\[\\d+A`)

test('up draws a live tree and leaves the cursor visible', async () => {
  const { code, stdout } = await desk.startOnTerminal('nestlab up').ended
  assert.equal(code, 0, stdout)
  assert.match(stdout, cursorUp)
  assert.match(stdout, colour)
  assert.ok(stdout.lastIndexOf('[?25h') > stdout.lastIndexOf('[?25l'))
})

test('colours are off when asked', async () => {
  assert.match((await desk.startOnTerminal('nestlab status').ended).stdout, colour)
  assert.doesNotMatch((await desk.startOnTerminal('nestlab status --no-color').ended).stdout, colour)
  assert.doesNotMatch((await desk.startOnTerminal('nestlab status', { NO_COLOR: '1' }).ended).stdout, colour)
  assert.doesNotMatch((await desk.startOnTerminal('nestlab status', { TERM: 'dumb' }).ended).stdout, colour)
  assert.doesNotMatch((await desk.expect(0, 'status')).stdout, colour)
})

test('ssh is a shell on the user’s terminal, and its exit code is ours', async () => {
  const shell = desk.startOnTerminal('nestlab ssh kvm-1/web')
  await shell.printed(/[#$] $/)
  shell.type('hostname\n')
  await shell.printed(/\nweb\r?\n/)
  shell.type('exit 5\n')
  assert.equal((await shell.ended).code, 5)
})

test('console shows what was printed, takes keys, and detaches with Ctrl-]', async () => {
  const console = desk.startOnTerminal('nestlab console kvm-1')
  await console.printed('Ctrl-] detaches')
  await console.printed('kvm-1 is up')
  console.type('hostname\r')
  await console.printed(/hostname[\s\S]*kvm-1/)
  console.type('\u001d')
  const { code, stdout } = await console.ended
  assert.equal(code, 0)
  assert.match(stdout, /Detached\. kvm-1 goes on\./)
})

test('Ctrl-C stops up in good order, says what exists, and up goes on from there', async () => {
  await using other = await Desk.open()
  await other.write('slow.lab.yaml', simulatedLab.replace('name: demo', 'name: slow'))
  const up = other.start(['up'])
  await up.printed('booting')
  up.child.kill('SIGINT')
  const { code, stderr } = await up.ended
  assert.equal(code, 4)
  assert.match(stderr, /Ctrl-C again quits at once/)
  assert.match(stderr, /This exists of slow now:/)
  await other.expect(0, 'up')
  await other.expect(0, 'down')
})
