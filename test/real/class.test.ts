/** A class of real machines: seats begin where the template was, are isolated from each other, are reset and graded one by one, and leave nothing. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { ClassView, SeatAccess, SeatGrade } from '#engine'
import { labPaths, levelPaths, machinePaths, rootsFrom } from '#store'
import {
  home,
  type LabFile,
  labFile,
  leftovers,
  nestlab,
  processesWith,
  runFolder,
  start,
  succeed,
} from './command.ts'
import './alone.ts'

const name = 'test-class'
const spring = 'test-spring'
const [first, second, third] = [1, 2, 3].map((number) => `${spring}-0${number}`) as [string, string, string]
const text = `nestlab: 1
name: ${name}
switches: { lan: { portgroups: { main: {} } } }
machines:
  a: { image: tiny, memory: 96MiB, nics: [{ portgroup: main, address: 10.9.0.1/24 }] }
  b: { image: tiny, memory: 96MiB, nics: [{ portgroup: main, address: 10.9.0.2/24 }] }
expect:
  - { reach: { from: a, to: b }, exercise: Plug them together, points: 3 }
  - { exec: { on: a, command: [test, -e, /tmp/done] }, exercise: Be done }
class: { seats: 3, idle: never }
`

const roots = rootsFrom({ NESTLAB_HOME: home })
let lab: LabFile
let folder: string
let access: readonly SeatAccess[]

const sh = async (seat: string, path: string, line: string) =>
  await succeed(['exec', '--lab', seat, path, '--', 'sh', '-c', line])

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nestlab-class-'))
  lab = await labFile(name, text)
  await succeed(['up', '-f', lab.file])
  await sh(name, 'a', 'echo of the teacher > /tmp/memo')
  await succeed(['class', 'create', spring, '-f', lab.file])
  const published = JSON.parse(await succeed(['class', 'publish', spring, '--json']))
  access = (published as { access: readonly SeatAccess[] }).access
})
after(async () => {
  await nestlab(['class', 'close', spring, '--forget'])
  await lab[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const states = ({ seats }: ClassView) => seats.map(({ seat, state }) => `${seat} ${state}`)
const found = async () => JSON.parse(await succeed(['class', 'ls', spring, '--json'])) as ClassView

test('every seat goes on from the template, with a secret of its own', async () => {
  assert.deepEqual(states(await found()), [`${first} running`, `${second} running`, `${third} running`])
  assert.equal(new Set(access.map(({ secret }) => secret)).size, 3)
  for (const seat of [first, second, third])
    assert.equal(await sh(seat, 'a', 'cat /tmp/memo'), 'of the teacher\n')
})

test('files, processes, sockets and consoles of a seat are its own', async () => {
  await sh(first, 'a', 'echo mine > /tmp/memo; echo said-by-the-first > /dev/console')
  assert.equal(await sh(second, 'a', 'cat /tmp/memo'), 'of the teacher\n')
  const consoleOf = async (seat: string) => await succeed(['logs', '--lab', seat, 'a'])
  assert.match(await consoleOf(first), /said-by-the-first/)
  for (const seat of [second, name]) assert.doesNotMatch(await consoleOf(seat), /said-by-the-first/)
  const switches = await Promise.all(
    [first, second, third].map((seat) => readFile(levelPaths(roots, seat).switchPid, 'utf8')),
  )
  assert.equal(new Set(switches).size, 3, 'a switch process each')
  const others = [second, third, name].flatMap((seat) => [labPaths(roots, seat).state, runFolder(seat)])
  for (const pid of await processesWith(join(runFolder(first), '/'))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    assert.deepEqual(
      others.filter((path) => line.includes(`${path}/`)),
      [],
      `process ${pid} of ${first}`,
    )
  }
  const { consoleSocket } = machinePaths(levelPaths(roots, first), 'a')
  assert.ok(existsSync(consoleSocket) && consoleSocket.startsWith(runFolder(first)))
})

test('no frame of a seat is ever in another, though both have the same addresses', async () => {
  const file = join(folder, 'second.pcapng')
  const capture = start(['net', 'capture', '--lab', second, '-w', file])
  let said = ''
  while (capture.child.stderr && !said.includes('Capturing.'))
    said += (await once(capture.child.stderr, 'data'))[0]
  await sh(first, 'a', 'ping -c 5 -p 5a 10.9.0.2')
  await sh(second, 'a', 'ping -c 2 -p a5 10.9.0.2')
  capture.child.kill('SIGINT')
  assert.equal((await capture.ended).code, 0)
  const bytes = await readFile(file)
  assert.ok(bytes.includes(Buffer.alloc(16, 0xa5)), 'its own pings are there')
  assert.ok(!bytes.includes(Buffer.alloc(16, 0x5a)), 'pings of the first seat')
})

test('what opens one seat opens no other', async () => {
  const secret = access.find(({ seat }) => seat === first)?.secret ?? ''
  const entering = (seat: string) => {
    process.env.NESTLAB_SEAT_PASSWORD = secret
    return nestlab(['class', 'enter', spring, seat, 'a', '--', 'cat', '/tmp/memo'])
  }
  assert.deepEqual(await entering('1').then(({ code, stdout }) => [code, stdout]), [0, 'mine\n'])
  const refused = await entering('2')
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /seat-secret-wrong/)
  delete process.env.NESTLAB_SEAT_PASSWORD
})

test('one seat is broken and reset while the others keep running', async () => {
  const uptime = async (seat: string) => Number((await sh(seat, 'a', 'cat /proc/uptime')).split(' ')[0])
  await sh(third, 'a', 'echo kept > /tmp/memo')
  const before = await uptime(third)
  await succeed(['exec', '--lab', second, 'a', '--', 'rm', '/tmp/memo'])
  await succeed(['class', 'reset', spring, '--seats', '2'])
  assert.equal(await sh(second, 'a', 'cat /tmp/memo'), 'of the teacher\n')
  assert.equal(await sh(third, 'a', 'cat /tmp/memo'), 'kept\n')
  assert.ok((await uptime(third)) > before)
})

test('a seat stands still, and goes on when somebody enters', async () => {
  await succeed(['class', 'freeze', spring, '--seats', '1'])
  assert.equal((await found()).seats[0]?.state, 'frozen')
  process.env.NESTLAB_SEAT_PASSWORD = access.find(({ seat }) => seat === first)?.secret ?? ''
  assert.equal(await succeed(['class', 'enter', spring, '1', 'a', '--', 'cat', '/tmp/memo']), 'mine\n')
  delete process.env.NESTLAB_SEAT_PASSWORD
  assert.equal((await found()).seats[0]?.state, 'running')
})

test('a command reaches all seats, and grading tells them apart', async () => {
  await succeed(['class', 'exec', '--seats', '1,2', spring, 'a', '--', 'touch', '/tmp/done'])
  const { grades } = JSON.parse(await succeed(['class', 'grade', spring, '--json'])) as {
    grades: readonly SeatGrade[]
  }
  assert.deepEqual(
    grades.map(({ seat, earned, points }) => [seat, earned, points]),
    [
      [first, 4, 4],
      [second, 4, 4],
      [third, 3, 4],
    ],
  )
  assert.match(await succeed(['class', 'export', spring, '--csv']), /Plug them together,Be done\r?\n/)
})

test('closing leaves nothing', async () => {
  await succeed(['class', 'close', spring])
  for (const seat of [first, second, third]) assert.deepEqual(await leftovers(seat), [])
  const { snapshots } = JSON.parse(await succeed(['snapshot', 'ls', '--lab', name, '--json']))
  assert.deepEqual(snapshots, [])
  const kept = await readdir(join(home, 'state', 'frozen')).catch(() => [])
  const frozenOf = await Promise.all(
    kept.map((id) => readFile(join(home, 'state', 'frozen', id, 'frozen.json'), 'utf8').catch(() => '')),
  )
  assert.ok(!frozenOf.some((one) => one.includes(`"name":"${name}"`)))
})
