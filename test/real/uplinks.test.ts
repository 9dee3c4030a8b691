/**
 * Real machines behind all kinds of uplinks. Everything runs in a network namespace of its own, with another one as
 * the world outside, so that no frame and no port of this machine has a part in it.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { home, leftovers, succeed } from './command.ts'
import './alone.ts'

const program = fileURLToPath(new URL('../../bin/nestlab', import.meta.url))
const near = 'test-uplinks'
const far = 'test-uplinks-far'
const files: Readonly<Record<string, string>> = {
  [near]: `nestlab: 1
name: ${near}
switches:
  out: { uplinks: [{ nat: { forward: [{ host: 18080, to: web:80 }] } }], portgroups: { out: {} } }
  wire: { uplinks: [eth1], portgroups: { wire: {} } }
  both: { uplinks: [{ tunnel: { name: ${near}, listen: "127.0.0.1:14790" } }], portgroups: { both: {} } }
machines:
  web:
    image: tiny
    nics:
      - { portgroup: out, address: 10.77.0.0/24 }
      - { portgroup: wire, address: 10.251.0.7/24 }
      - { portgroup: both, address: 10.78.0.7/24 }
`,
  [far]: `nestlab: 1
name: ${far}
switches: { both: { uplinks: [{ tunnel: { name: ${near}, dial: "127.0.0.1:14790" } }], portgroups: { both: {} } } }
machines: { db: { image: tiny, nics: [{ portgroup: both, address: 10.78.0.8/24 }] } }
`,
}

/** Keeps a namespace until it is killed. */
async function namespace(...how: string[]): Promise<ChildProcess> {
  const child = spawn(
    'unshare',
    [...how, 'sh', '-c', 'mount -t sysfs sysfs /sys; echo ready; exec sleep 3600'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  assert.ok(child.stdout)
  await once(child.stdout, 'data')
  return child
}

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function within({ pid }: ChildProcess, argv: readonly string[]): Promise<Ended> {
  const env = { ...process.env, NESTLAB_HOME: home, NO_COLOR: '1' }
  return new Promise((resolve) => {
    execFile('nsenter', ['-t', String(pid), '-n', '-m', '--', ...argv], { env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr })
    })
  })
}

let host: ChildProcess
let world: ChildProcess
let folder: string
const servers: ChildProcess[] = []

async function must(where: ChildProcess, line: string): Promise<string> {
  const ended = await within(where, ['sh', '-ec', line])
  assert.equal(ended.code, 0, `${line}\n${ended.stdout}${ended.stderr}`)
  return ended.stdout
}

const nestlab = (...args: string[]) => within(host, [program, ...args])

async function guest(lab: string, machine: string, line: string): Promise<Ended> {
  return await nestlab('exec', '--lab', lab, machine, '--', 'sh', '-c', line)
}

async function serve(where: ChildProcess, at: string, page: string): Promise<void> {
  const pages = await mkdtemp(join(folder, 'pages-'))
  await writeFile(join(pages, 'index.html'), page)
  const argv = ['busybox', 'httpd', '-f', '-p', at, '-h', pages]
  servers.push(spawn('nsenter', ['-t', String(where.pid), '-n', '--', ...argv], { stdio: 'inherit' }))
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nestlab-uplinks-'))
  await succeed(['image', 'build', 'tiny'])
  await succeed(['net', 'key', near, '--again'])
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, `${name}.lab.yaml`), text)
  host = await namespace('-nm', '--propagation', 'private')
  world = await namespace('-nm', '--propagation', 'private')
  await must(
    host,
    `ip link set lo up
ip link add wan0 type veth peer name wan1 netns ${world.pid}
ip link add eth1 type veth peer name far1 netns ${world.pid}
ip addr add 10.250.0.1/24 dev wan0
ip link set wan0 up`,
  )
  await must(
    world,
    `ip addr add 10.250.0.2/24 dev wan1; ip link set wan1 up
ip addr add 10.251.0.1/24 dev far1; ip link set far1 up`,
  )
  await serve(world, '10.250.0.2:80', 'the world')
  await serve(host, '0.0.0.0:8081', 'a secret')
})

after(async () => {
  for (const lab of Object.keys(files)) await nestlab('down', '--lab', lab)
  for (const child of [...servers, host, world]) child?.kill()
  await succeed(['net', 'key', near, '--remove'])
  await rm(folder, { recursive: true, force: true })
})

test('two labs come up with NAT, a NIC of this machine and a tunnel between them', async () => {
  for (const lab of Object.keys(files)) {
    const ended = await nestlab('up', '-f', join(folder, `${lab}.lab.yaml`))
    assert.equal(ended.code, 0, `${ended.stdout}\n${ended.stderr}`)
  }
})

test('a forwarded port leads into the lab, on loopback only', async () => {
  assert.equal(await must(host, 'busybox wget -qO- http://127.0.0.1:18080/'), 'web\n')
  assert.notEqual((await within(host, ['busybox', 'wget', '-qO-', 'http://10.250.0.1:18080/'])).code, 0)
})

test('a machine behind NAT reaches the world and no service of this machine', async () => {
  assert.equal((await guest(near, 'web', 'wget -qO- http://10.250.0.2/')).stdout, 'the world')
  assert.equal(await must(host, 'busybox wget -qO- http://10.250.0.1:8081/'), 'a secret')
  for (const address of ['10.77.0.1', '10.77.0.254', '10.250.0.1']) {
    const ended = await guest(near, 'web', `timeout 3 wget -qO- http://${address}:8081/`)
    assert.notEqual(ended.code, 0, `${address}: ${ended.stdout}`)
  }
})

test('a NIC of this machine carries the lab’s frames', async () => {
  assert.equal((await guest(near, 'web', 'ping -c 3 -W 5 10.251.0.1')).code, 0)
})

test('machines of two labs meet through the tunnel, and only there', async () => {
  assert.equal((await guest(near, 'web', 'ping -c 3 -W 5 10.78.0.8')).code, 0)
  assert.notEqual((await guest(far, 'db', 'ping -c 1 -W 2 10.251.0.1')).code, 0)
})

test('a second up finds everything as wanted, and one after a loss puts back what was lost', async () => {
  const file = join(folder, `${near}.lab.yaml`)
  assert.match((await nestlab('plan', '-f', file)).stdout, /nothing to do/)
  const pidFile = (await must(host, `ls ${home}/state/labs/${near}/uplinks/*/qemu.pid`)).split('\n')[0] ?? ''
  await must(host, `kill -9 $(cat ${pidFile})`)
  assert.match((await nestlab('plan', '-f', file)).stdout, /nothing carries its frames/)
  assert.equal((await nestlab('up', '-f', file)).code, 0)
  assert.match((await nestlab('plan', '-f', file)).stdout, /nothing to do/)
})

test('down leaves no link, no process and no file, and the NIC as it was', async () => {
  for (const lab of Object.keys(files)) assert.equal((await nestlab('down', '--lab', lab)).code, 0)
  const links = await must(host, 'ip -br link')
  assert.doesNotMatch(links, /nl[bt]-/)
  assert.match(links, /^eth1\S* +DOWN/m)
  for (const lab of Object.keys(files)) assert.deepEqual(await leftovers(lab), [])
})
