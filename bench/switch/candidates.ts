/** The switches that are compared: ours, the C reference, QEMU's hub, VDE, Open vSwitch's userspace, the kernel's bridge. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type LiveConfig, type PortGroupSpec, startSwitch } from '#switch'
import { type Bench, type Candidate, type Load, launch, placeOf, type Running } from './traffic.ts'

const entry = fileURLToPath(new URL('../../src/switch/live-main.ts', import.meta.url))
const indexes = ({ ports }: Load): number[] => Array.from({ length: ports }, (_, index) => index)

const group = (name: string, promiscuous: 'accept' | 'reject'): PortGroupSpec => ({
  name,
  vlan: { mode: 'access', id: 10 },
  security: { promiscuous, forgedTransmits: 'reject', macChanges: 'reject' },
})

export const macOf = (index: number): string => `02:00:00:00:00:${(index + 1).toString(16).padStart(2, '0')}`

/** Every policy in force: access VLAN, forged transmits and MAC changes rejected. */
function liveConfig(bench: Bench, load: Load): LiveConfig {
  const socket = placeOf(bench, ours)
  return {
    lab: 'bench',
    controlSocket: `${bench.folder}/control`,
    switches: [
      {
        name: 'vSwitch0',
        kind: 'standard',
        mtu: 1500,
        uplinks: [],
        portgroups: [group('web', 'reject'), group('spy', 'accept')],
      },
    ],
    ports: indexes(load).map((index) => ({
      id: `vm-${index}:nic0`,
      switchName: 'vSwitch0',
      portgroup: index >= load.ports - load.promiscuous ? 'spy' : 'web',
      initialMac: macOf(index),
      socket: `${socket}${index}`,
    })),
    uplinks: [],
  }
}

export const ours: Candidate = {
  name: 'Nestlab',
  transport: 'stream',
  lacking: () => undefined,
  carries: () => true,
  async start(bench, load) {
    const control = await startSwitch({
      config: liveConfig(bench, load),
      configFile: `${bench.folder}/switch.json`,
      logFile: `${bench.folder}/switch.log`,
      node: process.execPath,
      entry,
    })
    const { pid } = await control.ping()
    spawnSync('taskset', ['-a', '-p', '-c', '0', String(pid)])
    return {
      pid,
      async stop() {
        await control.stop()
        control.close()
      },
    }
  },
}

export const reference: Candidate = {
  name: 'C reference',
  transport: 'stream',
  lacking: () => undefined,
  carries: () => true,
  async start(bench, load) {
    return launch([bench.reference, String(load.ports), String(load.promiscuous), placeOf(bench, reference)])
  },
}

/** A QEMU without a guest; a hub shows every frame to everybody, so that more is delivered than was asked for. */
export const hub: Candidate = {
  name: 'QEMU hub',
  transport: 'stream',
  lacking: () => undefined,
  // With two ports it does the same work as a switch.
  carries: ({ ports, pattern, promiscuous }) =>
    promiscuous === 0 && (pattern === 'flood' || (ports === 2 && pattern !== 'mix')),
  async start(bench, load) {
    const netdevs = indexes(load).flatMap((index) => [
      '-netdev',
      `stream,id=s${index},server=off,addr.type=unix,addr.path=${placeOf(bench, hub)}${index}`,
      '-netdev',
      `hubport,id=h${index},hubid=0,netdev=s${index}`,
    ])
    return launch(['qemu-system-x86_64', '-M', 'none', '-nodefaults', '-display', 'none', ...netdevs])
  },
}

export const vde: Candidate = {
  name: 'VDE',
  transport: 'vde',
  lacking: () => (found('vde_switch') ? undefined : 'vde2 is not installed'),
  carries: ({ promiscuous }) => promiscuous === 0,
  async prepare(bench, load) {
    rmSync(`${bench.folder}/vde`, { recursive: true, force: true })
    vdeRunning = launch(['vde_switch', '-s', `${bench.folder}/vde`, '-n', String(load.ports + 1)])
    await until(() => existsSync(`${bench.folder}/vde/ctl`))
  },
  async start() {
    if (!vdeRunning) throw new Error('vde_switch is not running')
    return vdeRunning
  },
}
let vdeRunning: Running | undefined

export const ovs: Candidate = {
  name: 'OVS userspace',
  transport: 'tap',
  lacking: () => {
    if (!found('ovs-vswitchd')) return 'openvswitch-switch is not installed'
    return existsSync('/dev/net/tun') ? undefined : 'there is no /dev/net/tun'
  },
  carries: ({ promiscuous }) => promiscuous === 0,
  async start(bench, load) {
    const folder = `${bench.folder}/ovs`
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder)
    const database = `${folder}/conf.db`
    run(['ovsdb-tool', 'create', database, '/usr/share/openvswitch/vswitch.ovsschema'])
    const socket = `unix:${folder}/db.sock`
    const environment = ['env', `OVS_RUNDIR=${folder}`, `OVS_LOGDIR=${folder}`]
    const server = launch([
      ...environment,
      'ovsdb-server',
      `--remote=p${socket}`,
      `--unixctl=${folder}/s.ctl`,
      database,
    ])
    await until(() => existsSync(`${folder}/db.sock`))
    const daemon = launch([
      ...bench.inNamespace,
      ...environment,
      'ovs-vswitchd',
      '--disable-system',
      `--unixctl=${folder}/v.ctl`,
      socket,
    ])
    const ports = indexes(load).flatMap((index) => [
      '--',
      'add-port',
      'br0',
      `${placeOf(bench, ovs)}${index}`,
    ])
    const links = indexes(load).map((index) => `${placeOf(bench, ovs)}${index}`)
    for (const link of links) run([...bench.inNamespace, 'ip', 'link', 'set', 'dev', link, 'up'])
    const bridge = ['add-br', 'br0', '--', 'set', 'bridge', 'br0', 'datapath_type=netdev']
    run(['ovs-vsctl', `--db=${socket}`, '--timeout=20', ...bridge, ...ports])
    return {
      pid: daemon.pid,
      async stop() {
        await daemon.stop()
        await server.stop()
      },
    }
  },
}

/** Whoever writes a frame to a tap carries it through the bridge, so that only the CPU of all is known. */
export const bridge: Candidate = {
  name: 'Linux bridge',
  transport: 'tap',
  lacking: () => (existsSync('/dev/net/tun') ? undefined : 'there is no /dev/net/tun'),
  carries: ({ promiscuous }) => promiscuous === 0,
  async start(bench, load) {
    const ip = (...words: string[]) => run([...bench.inNamespace, 'ip', 'link', ...words])
    ip('add', 'name', 'nlbr', 'type', 'bridge')
    ip('set', 'dev', 'nlbr', 'up')
    for (const index of indexes(load))
      ip('set', 'dev', `${placeOf(bench, bridge)}${index}`, 'master', 'nlbr', 'up')
    return {
      pid: process.pid,
      async stop() {
        ip('del', 'dev', 'nlbr')
      },
    }
  },
}

export const candidates: readonly Candidate[] = [ours, reference, hub, vde, ovs, bridge]

function found(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0
}

function run([program = '', ...words]: readonly string[]): void {
  const { status, stderr } = spawnSync(program, words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${stderr}`)
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 500; i += 1) {
    if (condition()) return
    await pause(20)
  }
  throw new Error('a candidate did not start')
}
