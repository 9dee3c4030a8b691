/** The few files a simulated guest has, made when they are read. */
import type { SimGuest } from './sim-guest.ts'

/** Undefined = no such file. */
export async function fileText(path: string, guest: SimGuest): Promise<string | undefined> {
  const link = /^\/sys\/class\/net\/([^/]+)\/(address|mtu|operstate)$/.exec(path)
  if (link) return linkText(link[1] ?? '', link[2] ?? '', guest)
  return files.get(path)?.(guest)
}

function linkText(name: string, what: string, { facts }: SimGuest): string | undefined {
  const link = facts.links.find((each) => each.name === name)
  if (!link) return undefined
  const texts: Readonly<Record<string, string>> = {
    address: link.mac,
    mtu: String(link.mtu),
    operstate: 'up',
  }
  return `${texts[what]}\n`
}

type Maker = (guest: SimGuest) => string | undefined | Promise<string | undefined>

const files: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  ['/dev/kvm', ({ hardware }) => (hardware.hypervisor ? '' : undefined)],
  ['/dev/null', () => ''],
  ['/etc/hostname', ({ facts }) => `${facts.hostname}\n`],
  ['/etc/os-release', () => 'PRETTY_NAME="Nestlab simulated guest"\nID=nestlab-sim\n'],
  ['/proc/meminfo', ({ hardware }) => `MemTotal:       ${hardware.memoryMiB * 1024} kB\n`],
  ['/proc/uptime', uptimeFile],
])

async function uptimeFile(guest: SimGuest): Promise<string> {
  const seconds = ((await guest.uptimeMs()) / 1000).toFixed(2)
  return `${seconds} ${seconds}\n`
}
