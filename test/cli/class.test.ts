/** `nestlab class` as a process, on simulated machines. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Desk } from './command.ts'

const lab = `nestlab: 1
name: pair
site: sim
switches: { lan: { portgroups: { main: {} } } }
machines:
  a: { image: tiny, memory: 64MiB, nics: [{ portgroup: main, address: 10.0.0.1/24 }] }
  b: { image: tiny, memory: 64MiB, nics: [{ portgroup: main, address: 10.0.0.2/24 }] }
expect:
  - { reach: { from: a, to: b }, exercise: "=Plug, them together", points: 3 }
  - exec: { on: a, command: [test, -e, /tmp/done] }
class: { seats: 2, hours: 2 }
`

async function published() {
  const desk = await Desk.open()
  await desk.write('pair.lab.yaml', lab)
  await desk.expect(0, 'up')
  await desk.expect(0, 'class', 'create', 'spring')
  const { stdout } = await desk.expect(0, 'class', 'publish', 'spring')
  return { desk, secrets: new Map(stdout.split('\n').map((line) => line.split(/ +/) as [string, string])) }
}

test('a class from its lab file to its end', async () => {
  const { desk, secrets } = await published()
  await using _ = desk
  const secret = secrets.get('spring-02') ?? ''
  assert.match(secret, /^[a-z0-9]{4}(-[a-z0-9]{4}){3}$/)
  const again = await desk.expect(0, 'class', 'publish', 'spring')
  assert.ok(!again.stdout.includes('SECRET'), 'secrets are shown once')

  const environment = { NESTLAB_SEAT_PASSWORD: secret }
  const entering = (seat: string) =>
    desk.run(['class', 'enter', 'spring', seat, 'a', '--', 'touch', '/tmp/done'], { environment })
  assert.equal((await entering('spring-02')).code, 0)
  const refused = await entering('1')
  assert.deepEqual([refused.code, refused.stderr.includes('seat-secret-wrong')], [1, true])
  const missing = await desk.expect(2, 'class', 'enter', 'spring', '1', 'a', '--', 'true')
  assert.match(missing.stderr, /nobody is there to be asked/)

  await desk.write('task.txt', 'task 1\n')
  await desk.expect(0, 'class', 'copy', 'spring', 'task.txt', 'b:/tmp/task.txt')
  const told = await desk.expect(
    0,
    'class',
    'exec',
    '--seats',
    '1',
    'spring',
    'b',
    '--',
    'cat',
    '/tmp/task.txt',
  )
  assert.equal(told.stdout, 'spring-01 exit code 0\n  task 1\n')
  await desk.expect(1, 'class', 'exec', 'spring', 'a', '--', 'test', '-e', '/tmp/done')

  const graded = await desk.expect(0, 'class', 'grade', 'spring')
  assert.match(graded.stdout, /spring-01: 3 of 4 points[\s\S]*spring-02: 4 of 4 points/)
  const { stdout: csv } = await desk.expect(0, 'class', 'export', 'spring', '--csv')
  assert.match(csv, /^class,seat,.*,"'=Plug, them together",/)
  assert.match(csv, /^spring,spring-01,sim,frozen,[\d.]+,[^,]+,3,4,3,0\r?$/m)

  const look = (await desk.json(0, 'class', 'look', 'spring', '2')) as Record<string, unknown>
  assert.deepEqual([look.seat, look.state, look.connected], ['spring-02', 'running', 0])
  await desk.expect(0, 'class', 'reset', 'spring', '--seats', '2')
  await desk.expect(1, 'class', 'exec', '--seats', '2', 'spring', 'a', '--', 'test', '-e', '/tmp/done')
  await desk.expect(0, 'class', 'extend', 'spring', '--hours', '3', '--seats', '1')
  assert.match((await desk.expect(0, 'class', 'ls', 'spring')).stdout, /spring-01 .* of 5\.00 h/)

  await desk.expect(0, 'class', 'close', 'spring')
  const labs = (await desk.json(0, 'ls')) as readonly { readonly name: string }[]
  assert.deepEqual(JSON.stringify(labs).match(/spring/), null)
  assert.match((await desk.expect(0, 'class', 'export', 'spring')).stdout, /"earned":4/)
  await desk.expect(0, 'class', 'close', 'spring', '--forget')
  assert.deepEqual(await desk.json(0, 'class', 'ls'), [])
})

test('publishing as JSON is one document, also when nothing is new', async () => {
  await using desk = await Desk.open()
  await desk.write('pair.lab.yaml', lab.replace('seats: 2', 'seats: 1, idle: never'))
  await desk.expect(0, 'up')
  await desk.expect(0, 'class', 'create', 'spring', '--idle', '10min')
  const first = (await desk.json(0, 'class', 'publish', 'spring')) as Record<string, unknown[]>
  assert.deepEqual([first.seats?.length, first.access?.length, first.idleMs], [1, 1, 600_000])
  const second = (await desk.json(0, 'class', 'publish', 'spring')) as Record<string, unknown[]>
  assert.deepEqual([second.seats?.length, second.access], [1, []])
  const token = (await desk.json(0, 'class', 'token', 'spring')) as Record<string, unknown[]>
  assert.equal(token.access?.length, 1)
  await desk.expect(0, 'class', 'tend')
  await desk.expect(0, 'class', 'thaw', 'spring')
  await desk.expect(0, 'class', 'freeze', 'spring', '--seats', '1')
})

const wrongLines: readonly (readonly [line: string, says: RegExp])[] = [
  ['class', /Usage: nestlab class/],
  ['class ls none', /There is no class none/],
  ['class create Spring --template pair --count 2', /cannot be the name of a class/],
  ['class create spring --template pair', /How many seats\?/],
  ['class create spring --template pair --count x', /--count takes a number/],
  ['class create spring --template pair --count 2 --power noon', /--power is as/],
  ['class create spring --template none --count 2', /There is no lab none/],
  ['class reset spring', /Which seats\?/],
  ['class reset spring --all --seats 1', /Which seats\?/],
  ['class look spring x', /"x" is no seat/],
  ['class freeze spring --seats 3-1', /is no seat/],
  ['class exec spring a', /No command behind the path|Missing required/],
  ['class enter spring 1 a', /for a person at a terminal/],
  ['class copy spring task.txt a', /Where to\?/],
  ['class export spring --csv --json', /exclude each other/],
]

for (const [line, says] of wrongLines) {
  test(`nestlab ${line} exits with 2 and says what would be right`, async () => {
    await using desk = await Desk.open()
    const { stderr, stdout } = await desk.expect(2, ...line.split(' '))
    assert.match(stderr + stdout, says)
  })
}
