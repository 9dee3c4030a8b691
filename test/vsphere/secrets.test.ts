/** Passwords and session ids are searched for in all that commands on a site leave behind or show while they run. */
import assert from 'node:assert/strict'
import { chmod, mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type CommandBench, openCommandBench, variablesOf } from './command-bench.ts'
import { nestedPassword } from './site-bench.ts'
import { lackingGo, startVcsim, type Vcsim, type VcsimFault } from './vcsim.ts'

const skip = lackingGo()
const sampleMs = 25
const inventory = { standaloneHosts: 0, hostsPerCluster: 1, machinesPerPool: 0 }

const lab = `nestlab: 1
name: small
switches: { lan: { portgroups: { main: {} } } }
clusters: { compute: { members: [esxi] } }
machines:
  esxi:
    nics: [{ portgroup: main, address: 10.0.0.5/24 }]
    hypervisor: { product: esxi, version: "6.7" }
  lone: { image: tiny, nics: [{ portgroup: main }] }
`

/** Each text with where it was seen; the same one twice is kept once. */
type Seen = Map<string, string>

async function readable(path: string): Promise<string> {
  return await readFile(path, 'latin1').catch(() => '')
}

/** Words and environments of all processes that may be looked at, and all files of the command. */
async function sample(folder: string, child: number, seen: Seen): Promise<void> {
  const numbers = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  for (const pid of numbers) {
    seen.set(await readable(`/proc/${pid}/cmdline`), `words of process ${pid}`)
    // A command has in its environment what its user has put there; what it starts itself must not.
    if (Number(pid) === child || !(await isBelow(pid, child))) continue
    seen.set(await readable(`/proc/${pid}/environ`), `environment of process ${pid}`)
  }
  await sampleFiles(folder, seen)
}

async function sampleFiles(folder: string, seen: Seen): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    // Compiled source of ours holds no secrets, and is large.
    if (!entry.isFile() || entry.parentPath.includes('/compiled')) continue
    const path = join(entry.parentPath, entry.name)
    seen.set(await readable(path), path)
  }
}

async function isBelow(pid: string, ancestor: number): Promise<boolean> {
  for (let at = pid; at !== '' && at !== '0' && at !== '1'; ) {
    if (Number(at) === ancestor) return true
    at = /^PPid:\t(\d+)$/m.exec(await readable(`/proc/${at}/status`))?.[1] ?? ''
  }
  return false
}

/** Runs it while everything is looked at. */
async function watched(bench: CommandBench, vcsim: Vcsim, args: readonly string[], seen: Seen) {
  const { desk } = bench
  const running = desk.start(args, { environment: variablesOf(vcsim) })
  const { pid = 0 } = running.child
  let isOver = false
  const sampling = async () => {
    let samples = 0
    while (!isOver) {
      await sample(desk.folder, pid, seen)
      samples += 1
      await sleep(sampleMs)
    }
    return samples
  }
  const samples = sampling()
  const ended = await running.ended
  isOver = true
  assert.ok((await samples) > 0)
  await sampleFiles(desk.folder, seen)
  seen.set(ended.stdout, `standard output of ${args.join(' ')}`)
  seen.set(ended.stderr, `standard error of ${args.join(' ')}`)
  return ended
}

function refuseSecrets(seen: Seen, { witness }: CommandBench, { password }: Vcsim): void {
  assert.ok(witness.sessions.size > 0)
  const secrets = [password, nestedPassword, ...witness.sessions]
  const forms = secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  ])
  for (const [text, where] of seen) {
    for (const form of forms) assert.ok(!text.includes(form), `${form} is in ${where}`)
  }
}

async function benchOn(vcsim: Vcsim): Promise<CommandBench> {
  const bench = await openCommandBench(vcsim)
  await bench.desk.write('small.lab.yaml', lab)
  return bench
}

test('no command on a site shows or leaves a password or session id anywhere', { skip }, async () => {
  await using vcsim = await startVcsim({ inventory })
  await using bench = await benchOn(vcsim)
  const seen: Seen = new Map()
  for (const args of [
    ['up', '--site', 'home', '--plan'],
    ['plan', '--site', 'home', '--json'],
    ['up', '--site', 'home'],
    ['status', '--json'],
    ['stop'],
    ['start'],
    ['down'],
  ]) {
    const { code, stderr } = await watched(bench, vcsim, [...args, '--debug'], seen)
    assert.equal(code, 0, `${args.join(' ')}: ${stderr}`)
  }
  const places = [...seen.values()].join('\n')
  assert.match(places, /lab\.json/)
  assert.match(places, /journal\.jsonl/)
  refuseSecrets(seen, bench, vcsim)
})

const faults: readonly VcsimFault[] = [
  { method: 'AddHost_Task', fault: 'InvalidLogin', message: 'no' },
  { method: 'PowerOffVM_Task', fault: 'NoPermission', message: 'no' },
  { method: 'Destroy_Task', fault: 'NoPermission', message: 'no' },
]

test('commands that fail with all their causes told show no password or session id either', {
  skip,
}, async () => {
  await using vcsim = await startVcsim({ inventory, faults })
  await using bench = await benchOn(vcsim)
  const seen: Seen = new Map()
  const failed = async (...args: readonly string[]) => {
    const { code, stderr } = await watched(bench, vcsim, [...args, '--debug'], seen)
    assert.notEqual(code, 0, args.join(' '))
    assert.match(stderr, /caused by: /)
  }
  await failed('up', '--site', 'home')
  await failed('stop')
  await failed('down')
  refuseSecrets(seen, bench, vcsim)
})

test('programs that a command starts do not inherit passwords from its environment', { skip }, async () => {
  await using vcsim = await startVcsim({ inventory })
  await using bench = await benchOn(vcsim)
  const { desk } = bench
  const keyring = `#!/bin/sh\nenv >> '${desk.folder}/inherited'\nprintf %s "$KEYRING"\n`
  await mkdir(join(desk.folder, 'programs'))
  await desk.write('programs/secret-tool', keyring)
  await chmod(join(desk.folder, 'programs/secret-tool'), 0o755)
  const environment = {
    NESTLAB_NESTED_PASSWORD_HOME: nestedPassword,
    KEYRING: vcsim.password,
    PATH: `${join(desk.folder, 'programs')}:${process.env.PATH}`,
  }
  const { code, stderr } = await bench.run(['site', 'test', 'home'], { environment })
  assert.equal(code, 0, stderr)
  const inherited = await readFile(join(desk.folder, 'inherited'), 'utf8')
  assert.match(inherited, /^NESTLAB_HOME=/m)
  assert.ok(!inherited.includes(nestedPassword))
})

test('the search finds what is planted', { skip }, async () => {
  await using vcsim = await startVcsim({ inventory })
  await using bench = await benchOn(vcsim)
  const [session = ''] = bench.witness.sessions
  for (const planted of [vcsim.password, session]) {
    const seen: Seen = new Map()
    await bench.desk.write('planted', `x${planted}y`)
    await sampleFiles(bench.desk.folder, seen)
    assert.throws(() => refuseSecrets(seen, bench, vcsim), /planted/)
  }
})
