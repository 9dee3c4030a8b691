/** `ip addr` and `ip link` of a simulated guest, in iproute2's plain, brief and JSON forms. */
import type { GuestLink } from '../guest-facts.ts'
import type { Program } from '../shell/shell.ts'

interface Shown extends GuestLink {
  readonly index: number
  readonly withAddress: boolean
}

const loopback: GuestLink = { name: 'lo', mac: '00:00:00:00:00:00', mtu: 65536, address: '127.0.0.1/8' }

export const ip: Program = (args, { guest, out, err }) => {
  const flags = args.filter((each) => each.startsWith('-'))
  const [object = '', ...rest] = args.filter((each) => !each.startsWith('-'))
  const withAddress = object !== '' && 'address'.startsWith(object)
  if (!withAddress && !(object !== '' && 'link'.startsWith(object))) {
    err(`Object "${object}" is not simulated, only "addr" and "link".\n`)
    return 1
  }
  const wanted = rest.filter((each) => each !== 'show' && each !== 'list' && each !== 'dev')[0]
  const shown = [loopback, ...guest.facts.links]
    .map((link, at) => ({ ...link, index: at + 1, withAddress }))
    .filter(({ name }) => wanted === undefined || name === wanted)
  if (shown.length === 0) {
    err(`Device "${wanted}" does not exist.\n`)
    return 1
  }
  out(printed(shown, flags))
  return 0
}

function printed(shown: readonly Shown[], flags: readonly string[]): string {
  if (flags.some((flag) => flag.startsWith('-j'))) return `${JSON.stringify(shown.map(jsonOf))}\n`
  const brief = flags.some((flag) => flag.startsWith('-br'))
  return shown.map(brief ? briefOf : plainOf).join('')
}

const flagsOf = ({ name }: Shown) =>
  name === 'lo' ? ['LOOPBACK', 'UP', 'LOWER_UP'] : ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP']
const typeOf = ({ name }: Shown) => (name === 'lo' ? 'loopback' : 'ether')

function jsonOf(link: Shown) {
  const { index, name, mtu, mac, address = '' } = link
  const [local, length] = address.split('/')
  const addresses = address === '' ? [] : [{ family: 'inet', local, prefixlen: Number(length), label: name }]
  return {
    ifindex: index,
    ifname: name,
    flags: flagsOf(link),
    mtu,
    operstate: 'UP',
    link_type: typeOf(link),
    address: mac,
    ...(link.withAddress ? { addr_info: addresses } : {}),
  }
}

function briefOf({ name, mac, address, withAddress }: Shown): string {
  return `${name.padEnd(17)}UP             ${withAddress ? (address ?? '') : mac} \n`
}

function plainOf(link: Shown): string {
  const { index, name, mtu, mac, address } = link
  const head = `${index}: ${name}: <${flagsOf(link).join(',')}> mtu ${mtu} state UP\n    link/${typeOf(link)} ${mac}\n`
  return link.withAddress && address ? `${head}    inet ${address} scope global ${name}\n` : head
}
