/** The files of a simulated guest: a few made ones, and what was written since it booted (its disk is memory). */
import { posix } from 'node:path'
import { release } from './console-text.ts'
import type { GuestFacts } from './guest-facts.ts'
import type { SimFile, SimMachine } from './park.ts'
import { programs } from './programs/index.ts'
import type { GuestFiles } from './sim-guest.ts'

/** How the files get at the machine's record. */
export interface FileKeeper {
  readonly facts: GuestFacts
  machine(): Promise<SimMachine>
  uptimeMs(): number
  keep(edit: (files: readonly SimFile[]) => readonly SimFile[]): Promise<void>
}

/** All that a guest's files may hold together, since every change writes the whole simulation anew. */
const roomBytes = 256 * 1024

const folders = new Set(
  [
    '',
    '/bin',
    '/dev',
    '/etc',
    '/proc',
    '/root',
    '/run',
    '/sbin',
    '/sys',
    '/tmp',
    '/usr/bin',
    '/usr/sbin',
    '/var/log',
  ].map((path) => path || '/'),
)
const devices = new Set(['/dev/null', '/dev/console', '/dev/ttyS0'])

export function guestFiles(keeper: FileKeeper): GuestFiles {
  const kind = async (path: string) => {
    const kept = (await keeper.machine()).files.find((file) => file.path === path)
    if (kept) return kept.content === null ? 'folder' : 'file'
    if (folders.has(path)) return 'folder'
    return (await madeFile(path, keeper)) === undefined ? undefined : 'file'
  }
  const put = async (file: SimFile): Promise<string | undefined> => {
    if (devices.has(file.path)) return undefined
    if ((await kind(posix.dirname(file.path))) !== 'folder') return 'nonexistent directory'
    const others = (await keeper.machine()).files.filter((each) => each.path !== file.path)
    if (sizeOf(others) + sizeOf([file]) > roomBytes) return 'No space left on device'
    await keeper.keep((files) => [...files.filter((each) => each.path !== file.path), file])
    return undefined
  }
  return {
    kind,
    read: async (path) => {
      const kept = (await keeper.machine()).files.find((file) => file.path === path)
      if (kept) return kept.content === null ? undefined : Buffer.from(kept.content, 'base64')
      return madeFile(path, keeper)
    },
    list: async (folder) => {
      const inside = (path: string) => path !== '/' && posix.dirname(path) === folder
      const all = [...folders, ...made.keys(), ...(await keeper.machine()).files.map((file) => file.path)]
      return [...new Set(all.filter(inside).map((path) => posix.basename(path)))].sort()
    },
    write: async (path, content) => {
      if ((await kind(path)) === 'folder') return 'Is a directory'
      return put({ path, content: Buffer.from(content).toString('base64') })
    },
    makeFolder: (path) => put({ path, content: null }),
    remove: async (path) => {
      if (folders.has(path) || made.has(path)) return 'Operation not permitted'
      await keeper.keep((files) =>
        files.filter((each) => each.path !== path && !each.path.startsWith(`${path}/`)),
      )
      return undefined
    },
  }
}

function sizeOf(files: readonly SimFile[]): number {
  return files.reduce((sum, { path, content }) => sum + path.length + (content?.length ?? 0), 0)
}

async function madeFile(path: string, keeper: FileKeeper): Promise<Buffer | undefined> {
  const program = /^\/(?:usr\/)?s?bin\/([^/]+)$/.exec(path)?.[1]
  if (program !== undefined) return programs.has(program) ? Buffer.from('simulated\n') : undefined
  const link = /^\/sys\/class\/net\/([^/]+)\/(address|mtu|operstate)$/.exec(path)
  const text = link
    ? linkText(link[1] ?? '', link[2] ?? '', keeper.facts)
    : made.get(path)?.(await keeper.machine(), keeper)
  return text === undefined ? undefined : Buffer.from(text)
}

function linkText(name: string, what: string, { links }: GuestFacts): string | undefined {
  const link = links.find((each) => each.name === name)
  if (!link) return undefined
  const texts: Readonly<Record<string, string>> = {
    address: link.mac,
    mtu: String(link.mtu),
    operstate: 'up',
  }
  return `${texts[what]}\n`
}

type Maker = (machine: SimMachine, keeper: FileKeeper) => string | undefined

/** A Map, so that a typed `constructor` finds nothing. */
const made: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  ['/dev/console', () => ''],
  ['/dev/kvm', ({ hardware }) => (hardware.hypervisor ? '' : undefined)],
  ['/dev/null', () => ''],
  ['/dev/ttyS0', () => ''],
  ['/etc/hostname', (_machine, { facts }) => `${facts.hostname}\n`],
  ['/etc/os-release', () => 'PRETTY_NAME="Nestlab simulated guest"\nID=nestlab-sim\n'],
  ['/proc/meminfo', ({ hardware }) => `MemTotal:       ${hardware.memoryMiB * 1024} kB\n`],
  ['/proc/uptime', (_machine, keeper) => uptimeText(keeper.uptimeMs())],
  ['/proc/version', () => `Linux version ${release} (nestlab)\n`],
])

function uptimeText(uptimeMs: number): string {
  const seconds = (uptimeMs / 1000).toFixed(2)
  return `${seconds} ${seconds}\n`
}
