import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Failure } from '#failure'
import { openSimProvider } from './index.ts'
import { orderFor, switchWith } from './sim-bench.ts'

const folder = await mkdtemp(join(tmpdir(), 'nestlab-sim-'))
after(() => rm(folder, { recursive: true, force: true }))
const signal = new AbortController().signal

let count = 0
function newFile(): string {
  count += 1
  return join(folder, `${count}`, 'simulation.json')
}

async function written() {
  const file = newFile()
  const provider = await openSimProvider({ lab: 'two', file })
  await provider.create(orderFor({ name: 'web' }), signal)
  return { file, provider, text: await readFile(file, 'utf8') }
}

async function refused(file: string, why: RegExp): Promise<void> {
  const before = await readFile(file)
  await assert.rejects(openSimProvider({ lab: 'two', file }), (problem: unknown) => {
    assert.ok(problem instanceof Failure)
    assert.equal(problem.code, 'simulation-damaged')
    assert.ok(problem.message.includes(file))
    assert.match(problem.message, why)
    return true
  })
  assert.deepEqual(await readFile(file), before)
}

test('a damaged simulation file is refused by name and left as it is', async () => {
  const { file, text } = await written()
  for (const [damage, why] of [
    ['', /first line/],
    [text.slice(0, -20), /checksum/],
    [text.replace('"web"', '"wax"'), /checksum/],
    [text.replace('"simulation":1', '"simulation":2'), /format 2/],
    ['\u0000\u0001binary', /first line/],
  ] as const) {
    await writeFile(file, damage)
    await refused(file, why)
  }
})

test('a provider that is open refuses a file that was damaged meanwhile', async () => {
  const { file, provider } = await written()
  await writeFile(file, 'garbage')
  await assert.rejects(provider.start('web', signal), { code: 'simulation-damaged' })
  await assert.rejects(provider.clear(signal), { code: 'simulation-damaged' })
  assert.equal(await readFile(file, 'utf8'), 'garbage')
})

test('the simulation of another lab is refused', async () => {
  const { file } = await written()
  await assert.rejects(openSimProvider({ lab: 'three', file }), /belongs to the lab two/)
})

test('only its owner may read the simulation file, which holds the host key of the lab', async () => {
  const { file } = await written()
  assert.equal((await stat(file)).mode & 0o777, 0o600)
})

test('machines may have names that objects have as properties', async () => {
  const { provider } = await written()
  for (const name of ['constructor', 'toString', '__proto__']) {
    await assert.rejects(provider.start(name, signal), { code: 'machine-unknown' })
    await provider.create(orderFor({ name }), signal)
    await provider.start(name, signal)
  }
  assert.equal((await provider.inspect(signal)).machines.length, 4)
})

test('changes made at the same time are all kept', async () => {
  const { provider } = await written()
  const names = Array.from({ length: 50 }, (_, at) => `machine-${at}`)
  await Promise.all(names.map((name) => provider.create(orderFor({ name }), signal)))
  assert.equal((await provider.inspect(signal)).machines.length, 51)
})

test('a change that fails does not spoil the others that come at the same time', async () => {
  const { provider } = await written()
  const results = await Promise.allSettled([
    provider.create(orderFor({ name: 'one' }), signal),
    provider.create(orderFor({ name: 'too-big' }), signal),
    provider.create(orderFor({ name: 'two' }), signal),
  ])
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  assert.equal((await provider.inspect(signal)).machines.length, 3)
})

const creator = `
import { openSimProvider } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))}
import { orderFor } from ${JSON.stringify(join(import.meta.dirname, 'sim-bench.ts'))}
const [file, prefix, many] = process.argv.slice(1)
const provider = await openSimProvider({ lab: 'two', file })
for (let at = 0; at < Number(many); at += 1) {
  await provider.create(orderFor({ name: prefix + at }), new AbortController().signal)
  console.log(prefix + at)
}
`

function create(file: string, prefix: string, many: number) {
  return spawn(process.execPath, ['--input-type=module', '-e', creator, file, prefix, `${many}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

test('two processes that change the simulation lose nothing of each other', async () => {
  const { file, provider } = await written()
  const processes = [create(file, 'a', 20), create(file, 'b', 20)]
  for (const each of processes) each.stdout.resume()
  const codes = await Promise.all(processes.map(async (each) => (await once(each, 'exit'))[0]))
  assert.deepEqual(codes, [0, 0])
  assert.equal((await provider.inspect(signal)).machines.length, 41)
})

test('a process killed while it changes the simulation loses nothing it had reported', async () => {
  const { file, provider } = await written()
  const killed = create(file, 'a', 10_000)
  let said = ''
  killed.stdout.on('data', (chunk: Buffer) => {
    said += chunk
    if (said.length > 30) killed.kill('SIGKILL')
  })
  await once(killed, 'close')
  const reported = said.split('\n').slice(0, -1)
  await provider.create(orderFor({ name: 'after' }), signal)
  const seen = new Set((await provider.inspect(signal)).machines.map(({ name }) => name))
  assert.ok(reported.length > 0)
  assert.deepEqual(
    reported.filter((name) => !seen.has(name)),
    [],
  )
})

test('clear takes the simulation away only when nothing is left in it, with what a killed process left beside', async () => {
  const { file, provider } = await written()
  await provider.putSwitch(switchWith('board'), 'board-1', signal)
  assert.deepEqual(await provider.clear(signal), [])
  await provider.remove('web', signal)
  await provider.dropSwitch('board', signal)
  await writeFile(`${file}.new`, 'half of a simu')
  assert.deepEqual(await provider.clear(signal), [file, `${file}.new`])
  assert.deepEqual(await provider.clear(signal), [])
})
