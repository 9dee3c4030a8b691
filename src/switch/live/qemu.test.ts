/** The switch process against real QEMU: its framing on the wire, and what it says about a guest's NIC. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { frameOf, macOf, spec } from '../truth-table.fixture.ts'
import type { SwitchControl } from './client.ts'
import type { LiveConfig } from './config.ts'
import { framed, until } from './peers.fixture.ts'
import { type SwitchLaunch, startSwitch, stopSwitch } from './start.ts'

const running: ChildProcess[] = []
const sockets: Socket[] = []
const controls: SwitchControl[] = []

/** A QEMU without guest, or with one that never runs. */
function qemu(...options: string[]): ChildProcess {
  const always = ['-nodefaults', '-display', 'none', '-accel', 'tcg']
  const child = spawn('qemu-system-x86_64', [...always, ...options], { stdio: 'ignore' })
  running.push(child)
  return child
}

/** Listens on `near` for the test and on `far` for the switch, and carries frames between them. */
function hub(folder: string, id: string): ChildProcess {
  const server = (name: string) =>
    `stream,id=${name},server=on,addr.type=unix,addr.path=${join(folder, `${id}.${name}`)}`
  const port = (name: string) => [
    '-netdev',
    server(name),
    '-netdev',
    `hubport,id=${name}h,hubid=0,netdev=${name}`,
  ]
  return qemu('-M', 'none', ...port('near'), ...port('far'))
}

async function gone(child: ChildProcess): Promise<void> {
  await until('QEMU has gone', () => child.exitCode !== null || child.signalCode !== null)
}

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'nestlab-qemu-'))
  try {
    await use(folder)
  } finally {
    for (const socket of sockets.splice(0)) socket.destroy()
    for (const control of controls.splice(0)) control.close()
    await stopSwitch({ controlSocket: join(folder, 'c'), pidFile: join(folder, 'p') })
    for (const child of running.splice(0)) {
      child.kill('SIGKILL')
      await gone(child)
    }
    rmSync(folder, { recursive: true, force: true })
  }
}

async function dialled(path: string): Promise<Socket> {
  let socket: Socket | undefined
  await until(`${path} listens`, async () => {
    const attempt = connect(path)
    const answered = await new Promise<boolean>((resolve) => {
      attempt.once('connect', () => resolve(true))
      attempt.once('error', () => resolve(false))
    })
    if (answered) socket = attempt
    return answered
  })
  if (!socket) throw new Error(`${path} is not there`)
  sockets.push(socket)
  return socket
}

function launchOf(folder: string, ports: LiveConfig['ports']) {
  return {
    config: {
      lab: 'qemu',
      controlSocket: join(folder, 'c'),
      pidFile: join(folder, 'p'),
      switches: [spec],
      ports,
      uplinks: [],
    },
    configFile: join(folder, 'switch.json'),
    logFile: join(folder, 'log'),
    node: process.execPath,
    entry: join(import.meta.dirname, '..', 'live-main.ts'),
  }
}

async function started(launch: SwitchLaunch): Promise<SwitchControl> {
  const control = await startSwitch(launch)
  controls.push(control)
  return control
}

async function connected(control: SwitchControl): Promise<void> {
  await until('QEMU is connected', async () => (await control.stats()).ports.every((port) => port.connected))
}

test('frames pass through two real QEMUs and the switch between them, also after the switch was killed', async () => {
  await inFolder(async (folder) => {
    const ports = ['A', 'B'].map((id) => {
      hub(folder, id)
      const socket = join(folder, `${id}.far`)
      return { id, switchName: spec.name, portgroup: 'web', initialMac: macOf(id), socket }
    })
    const launch = launchOf(folder, ports)
    const first = await started(launch)
    await connected(first)
    const [a, b] = [await dialled(join(folder, 'A.near')), await dialled(join(folder, 'B.near'))]
    let arrived = Buffer.alloc(0)
    b.on('data', (chunk) => {
      arrived = Buffer.concat([arrived, chunk])
    })
    const sizes = Array.from({ length: 500 }, (_, i) => 60 + ((i * 37) % 1455))
    const stream = Buffer.concat(sizes.map((bytes) => framed(frameOf('A', { to: 'B', bytes }))))
    a.write(stream)
    await until('all has arrived', () => arrived.length >= stream.length)
    assert.deepEqual(arrived, stream)
    process.kill((await first.ping()).pid, 'SIGKILL')
    const second = await started(launch)
    await connected(second)
    arrived = Buffer.alloc(0)
    a.write(stream)
    await until('all has arrived again', () => arrived.length >= stream.length)
    assert.deepEqual(arrived, stream)
  })
})

test('QEMU tells the MAC and the filter of a virtio NIC, and at least the MAC of a NIC without one to ask for', async () => {
  await inFolder(async (folder) => {
    const nic = (id: string, mac: string, model = 'virtio-net-pci') => [
      '-netdev',
      `stream,id=net-${id},server=on,addr.type=unix,addr.path=${join(folder, id)}`,
      '-device',
      `${model},id=${id},netdev=net-${id},mac=${mac},romfile=`,
    ]
    const qmpSocket = join(folder, 'qmp')
    const machine = () =>
      qemu(
        '-S',
        '-M',
        'q35',
        '-m',
        '32',
        '-qmp',
        `unix:${qmpSocket},server=on,wait=off`,
        ...nic('nic0', macOf('A')),
        ...nic('nic1', macOf('Y')),
        ...nic('nic2', macOf('W'), 'vmxnet3'),
        ...nic('nic3', macOf('V'), 'e1000'),
      )
    const first = machine()
    const ports = ['nic0', 'nic1', 'nic2', 'nic3'].map((nicId) => ({
      id: `vm:${nicId}`,
      switchName: spec.name,
      portgroup: 'web',
      initialMac: macOf('A'),
      socket: join(folder, nicId),
      rxFilter: { qmpSocket, nicId },
    }))
    const launch = launchOf(folder, ports)
    const control = await started(launch)
    const seen = async () =>
      (await control.stats()).ports.map((port) => [port.effectiveMac, port.guestPromiscuous, port.multicast])
    // No driver runs: virtio NICs start promiscuous. nic1 has another MAC than the lab gave it.
    const told = [
      [macOf('A'), true, 'all'],
      [macOf('Y'), true, 'all'],
      [macOf('W'), 'unknown', 'all'],
      [macOf('V'), 'unknown', 'all'],
    ]
    await until('all NICs are known', async () => JSON.stringify(await seen()) === JSON.stringify(told))
    first.kill('SIGKILL')
    const unknown = ports.map(() => [macOf('A'), 'unknown', 'all'])
    await until(
      'what was known is void',
      async () => JSON.stringify(await seen()) === JSON.stringify(unknown),
    )
    await gone(first)
    machine()
    await until(
      'the machine started again is asked again',
      async () => JSON.stringify(await seen()) === JSON.stringify(told),
    )
  })
})
