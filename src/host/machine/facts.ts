/** The answers of a machine, read. */
import { type Cpu, readCpuInfo } from './cpu.ts'
import type { Answers } from './probe.ts'

export interface Facts {
  readonly cpu: Cpu | undefined
  readonly architecture: string
  readonly kernel: string
  /** Maker and model as the firmware says. */
  readonly product: string
  /** Loaded modules: `kvm`, `kvm_intel`, … */
  readonly kvmModules: readonly string[]
  readonly kvmIntel: ReadonlyMap<string, string>
  readonly kvmAmd: ReadonlyMap<string, string>
  readonly device: Device | undefined
  readonly user: { readonly name: string; readonly isRoot: boolean; readonly groups: readonly string[] }
  readonly qemu: Qemu | undefined
  readonly tools: readonly string[]
  readonly memoryMiB: number
  readonly availableMiB: number
  readonly disk: { readonly freeMiB: number; readonly mount: string } | undefined
  /** Undefined where unlimited or unknown. */
  readonly openFiles: number | undefined
  readonly processes: number | undefined
  readonly hasUserNamespaces: boolean
}

export interface Device {
  readonly owner: string
  readonly group: string
  readonly mode: string
  readonly isUsable: boolean
}

export interface Qemu {
  readonly version: string
  readonly accelerators: readonly string[]
  readonly netdevs: readonly string[]
  readonly objects: readonly string[]
}

export function readFacts(answers: Answers): Facts {
  const answer = (question: string) => answers.get(question) ?? ''
  const [name = '', id = '', groups = ''] = answer('user').split('\n')
  const memory = pairs(answer('meminfo'), ':')
  const mebibytes = (key: string) => Math.floor(Number.parseInt(memory.get(key) ?? '0', 10) / 1024)
  return {
    cpu: readCpuInfo(answer('cpuinfo')),
    architecture: answer('architecture'),
    kernel: answer('kernel'),
    product: lines(answer('product')).join(' '),
    kvmModules: lines(answer('kvm_modules')),
    kvmIntel: pairs(answer('kvm_intel'), '='),
    kvmAmd: pairs(answer('kvm_amd'), '='),
    device: device(answer('device'), answer('device_usable') === 'yes'),
    user: { name, isRoot: id === '0', groups: groups.split(' ').filter(Boolean) },
    qemu: qemu(answer),
    tools: lines(answer('tools')),
    memoryMiB: mebibytes('MemTotal'),
    availableMiB: mebibytes('MemAvailable'),
    disk: disk(answer('disk')),
    openFiles: limit(answer('limits'), 'Max open files'),
    processes: limit(answer('limits'), 'Max processes'),
    hasUserNamespaces: answer('namespaces') === 'works',
  }
}

const lines = (text: string): string[] => text.split('\n').filter(Boolean)

function pairs(text: string, separator: string): ReadonlyMap<string, string> {
  return new Map(
    lines(text).map((line) => {
      const at = line.indexOf(separator)
      return [line.slice(0, at).trim(), line.slice(at + 1).trim()]
    }),
  )
}

function device(text: string, isUsable: boolean): Device | undefined {
  const [owner, group, mode] = text.split(' ')
  return owner && group && mode ? { owner, group, mode, isUsable } : undefined
}

/** `QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)` → `7.2.22`; undefined for anything else. */
export function qemuVersionOf(text: string): string | undefined {
  return /^QEMU emulator version (\S+)/m.exec(text)?.[1]
}

function qemu(answer: (question: string) => string): Qemu | undefined {
  const version = qemuVersionOf(answer('qemu_version'))
  if (!version) return undefined
  // Each list has a heading that ends in a colon; QEMU 7.2 names one entry a line.
  const entries = (question: string) =>
    lines(answer(question))
      .filter((line) => !line.endsWith(':'))
      .map((line) => line.trim().split(/\s/)[0] ?? '')
  return {
    version,
    accelerators: entries('qemu_accelerators'),
    netdevs: entries('qemu_netdevs'),
    objects: entries('qemu_objects'),
  }
}

/** The second line of `df -Pk`; the mount point is last and may hold spaces. */
function disk(text: string): Facts['disk'] {
  const found = /^\S.*?\s+\d+\s+\d+\s+(-?\d+)\s+\S+\s+(\/.*)$/m.exec(text)
  if (!found?.[1] || !found[2]) return undefined
  return { freeMiB: Math.floor(Number(found[1]) / 1024), mount: found[2] }
}

function limit(text: string, name: string): number | undefined {
  const line = lines(text).find((one) => one.startsWith(name))
  const soft = line?.slice(name.length).trim().split(/\s+/)[0]
  return soft && /^\d+$/.test(soft) ? Number(soft) : undefined
}
