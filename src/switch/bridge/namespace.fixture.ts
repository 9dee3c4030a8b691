/** For tests: a network namespace of its own with taps, and QEMU carrying frames between them and sockets. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { until } from '../live/peers.fixture.ts'
import type { KernelPlace } from './kernel-bench.fixture.ts'

const execFileLater = promisify(execFile)

export interface Namespace extends KernelPlace {
  /** Runs a program inside. */
  inside(...argv: string[]): string
  close(): void
}

export async function openNamespace(count: number): Promise<Namespace> {
  const folder = mkdtempSync(join(tmpdir(), 'nestlab-bridge-'))
  const keeper = await keepNamespace()
  const enter = ['-t', String(keeper.pid), '-U', '-n', '-m', '--preserve-credentials', '--']
  const inside = (...argv: string[]): string =>
    execFileSync('nsenter', [...enter, ...argv], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const links = Array.from({ length: count }, (_, at) => ({
    device: `tap${at}`,
    socket: join(folder, `${at}`),
  }))
  for (const { device } of links) inside('ip', 'tuntap', 'add', device, 'mode', 'tap')
  const hubs = links.flatMap(({ device, socket }, hub) => [
    ...['-netdev', `tap,id=t${hub},ifname=${device},script=no,downscript=no`],
    ...['-netdev', `stream,id=s${hub},server=on,addr.type=unix,addr.path=${socket}`],
    ...['-netdev', `hubport,id=h${hub},hubid=${hub},netdev=t${hub}`],
    ...['-netdev', `hubport,id=k${hub},hubid=${hub},netdev=s${hub}`],
  ])
  const qemu = [
    'qemu-system-x86_64',
    '-M',
    'none',
    '-nodefaults',
    '-display',
    'none',
    '-accel',
    'tcg',
    ...hubs,
  ]
  const carrier = spawn('nsenter', [...enter, ...qemu], { stdio: 'ignore' })
  return {
    links,
    inside,
    filtersVlans: filtersVlans(inside),
    run: async (script) => (await execFileLater('nsenter', [...enter, 'sh', '-ec', script])).stdout,
    close() {
      carrier.kill('SIGKILL')
      keeper.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function keepNamespace(): Promise<ChildProcess> {
  const script = 'mount -t sysfs sysfs /sys && echo ready && exec sleep 600'
  const keeper = spawn('unshare', ['-r', '-n', '-m', 'sh', '-c', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let ready = false
  keeper.stdout?.once('data', () => {
    ready = true
  })
  await until('the namespace is there', () => ready)
  return keeper
}

function filtersVlans(inside: Namespace['inside']): boolean {
  try {
    inside('ip', 'link', 'add', 'probe', 'type', 'bridge', 'vlan_filtering', '1')
    inside('ip', 'link', 'del', 'probe')
    return true
  } catch {
    return false
  }
}
