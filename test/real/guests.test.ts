/** Boots the images we build with real QEMU processes and looks at them through SSH. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openGuests } from '#guests'
import type { Host } from '#host'
import type { Boot, ImageFile, Machine, ResolvedLab } from '#lab'
import './alone.ts'

// Built once for all runs.
const state = resolve(process.env.NESTLAB_HOME ?? '.cache/home', 'state')
const imagesFolder = join(state, 'images')
const guests = openGuests({ imagesFolder, scratchFolder: join(state, 'scratch') })

const web: Machine = {
  path: 'kvm-1/web',
  name: 'web',
  level: 2,
  uuid: '5f0c7f5e-0000-4000-8000-000000000002',
  image: { from: 'catalogue', name: 'tiny' },
  cpus: 1,
  memoryMiB: 96,
  nics: [
    {
      name: 'nic0',
      switchName: 'br0',
      portgroup: 'web',
      mac: '52:54:00:00:00:01',
      address: { ip: '10.0.10.7', prefixLength: 24 },
    },
  ],
}
const inside = { owner: 'kvm-1', switches: [], machines: [web] }
const kvm: Machine = {
  ...web,
  path: 'kvm-1',
  name: 'kvm-1',
  level: 1,
  image: { from: 'catalogue', name: 'kvm-node' },
  cpus: 2,
  memoryMiB: 384,
  nics: [],
  hypervisor: { product: 'kvm', inside },
}
const top = { owner: '', switches: [], machines: [kvm] }
const lab: ResolvedLab = { name: 'guests-test', site: 'local', top, pending: [] }

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  assert.ok(typeof address === 'object' && address)
  return address.port
}

interface Board {
  readonly machine: Machine
  readonly boot: Boot
  readonly accelerator: readonly string[]
  readonly images: string
  readonly settings: string
  readonly port: number
}

function commandOf({ machine, boot, accelerator, images, settings, port }: Board): string[] {
  const path = (file: ImageFile | undefined) => join(images, file?.image ?? '', file?.file ?? '')
  const disks = boot.disks.flatMap((disk, index) => {
    assert.ok(disk.kind !== 'made')
    const drive = `if=none,id=d${index},format=raw,readonly=on,file=${path(disk.source)}`
    return ['-drive', drive, '-device', `virtio-blk-pci,drive=d${index},serial=${disk.kind}`]
  })
  const nics = machine.nics.flatMap(({ name, mac }) => [
    ...[
      '-netdev',
      `hubport,id=${name},hubid=1`,
      '-device',
      `virtio-net-pci,netdev=${name},mac=${mac},romfile=`,
    ],
  ])
  const forward = `user,id=control,restrict=on,hostfwd=tcp:127.0.0.1:${port}-:22`
  return [
    ...[
      'qemu-system-x86_64',
      ...accelerator,
      '-nodefaults',
      '-no-user-config',
      '-display',
      'none',
      '-vga',
      'none',
    ],
    ...['-m', `${machine.memoryMiB}`, '-smp', `${machine.cpus}`, '-append', boot.cmdline ?? ''],
    ...['-kernel', path(boot.kernel), '-initrd', path(boot.initrd)],
    ...['-fw_cfg', `name=opt/nestlab/settings,file=${settings}`, ...disks, ...nics],
    ...['-netdev', forward, '-device', 'virtio-net-pci,netdev=control,mac=52:54:00:fe:fe:01,romfile='],
  ]
}

const tcg = ['-accel', 'tcg,thread=multi', '-cpu', 'max']

async function start(t: TestContext, machine: Machine) {
  const signal = t.signal
  await guests.provide(lab, () => {}, signal)
  const keys = await guests.makeKeys()
  const folder = await mkdtemp(join(tmpdir(), 'nestlab-guests-'))
  const settings = join(folder, 'settings')
  const boot = await guests.boot(lab, machine, keys)
  await writeFile(settings, boot.settings, { mode: 0o600 })
  const port = await freePort()
  const [program = '', ...args] = commandOf({
    ...{ machine, boot, accelerator: tcg, images: imagesFolder, settings, port },
  })
  const qemu = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const ended = once(qemu, 'exit')
  t.after(async () => {
    qemu.kill('SIGKILL')
    await ended
    await rm(folder, { recursive: true })
  })
  const host = await entered(machine.name, async () => connect(port, '127.0.0.1'), { keys, signal })
  t.after(() => host.close().catch(() => undefined))
  return { host, keys, ended, guest: await guests.guestOf(machine), signal }
}

type Way = Parameters<typeof guests.enter>[1]

async function entered(
  name: string,
  control: Way,
  { keys, signal }: { keys: Parameters<typeof guests.enter>[2]; signal: AbortSignal },
): Promise<Host> {
  for (;;) {
    signal.throwIfAborted()
    try {
      return await guests.enter(name, control, keys, signal)
    } catch {
      await sleep(100, undefined, { signal })
    }
  }
}

test('tiny has its name and address, serves a page, takes VLANs and shuts itself down', {
  timeout: 300_000,
}, async (t) => {
  const { host, guest, ended, signal } = await start(t, web)
  const report = await guest.prove(web, host, { signal })
  assert.deepEqual(report.links, [{ name: 'nic0', mac: '52:54:00:00:00:01', addresses: ['10.0.10.7/24'] }])
  assert.equal((await host.run(['wget', '-qO-', 'http://10.0.10.7/'])).stdout, 'web\n')
  const vlan =
    'ip link add link nic0 name nic0.5 type vlan id 5 && ip link set nic0.5 up && ping -c1 10.0.10.7'
  assert.equal((await host.run(['sh', '-c', vlan])).code, 0)
  await guest.shutdown(host, signal)
  assert.deepEqual((await ended)[0], 0)
})

test('kvm-node proves KVM, has the library, and runs a tiny on it that is entered through its hypervisor', {
  timeout: 600_000,
}, async (t) => {
  const { host, guest, keys, ended, signal } = await start(t, kvm)
  assert.equal((await guest.prove(kvm, host, { signal })).accelerator, 'kvm')
  assert.equal((await host.run(['readlink', '/run/nestlab/library.dev'])).code, 0)
  const boot = await guests.boot(lab, web, keys)
  const settings = '/run/web-settings'
  await host.writeFile(settings, boot.settings)
  const accelerator = ['-accel', 'kvm', '-cpu', 'host']
  const images = '/run/nestlab/images'
  const command = commandOf({ machine: web, boot, accelerator, images, settings, port: 2222 })
  const { code, stderr } = await host.run([...command, '-daemonize'])
  assert.equal(code, 0, stderr)
  const inner = await entered('web', (within) => host.connect({ tcpPort: 2222 }, within), { keys, signal })
  const report = await (await guests.guestOf(web)).prove(web, inner, { signal })
  assert.equal(report.hostname, 'web')
  await inner.close()
  for (const words of ['ip link add br9 type bridge vlan_filtering 1', 'nft add table bridge t9']) {
    const done = await host.run(words.split(' '))
    assert.equal(done.code, 0, `${words}: ${done.stderr}`)
  }
  await guest.shutdown(host, signal)
  assert.deepEqual((await ended)[0], 0)
})
