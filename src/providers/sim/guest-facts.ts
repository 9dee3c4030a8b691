/** What a simulated guest knows about itself: the settings of its boot order, read as a real guest reads them. */

export interface GuestLink {
  readonly name: string
  readonly mac: string
  readonly mtu: number
  /** As `10.0.10.1/24`. */
  readonly address?: string
}

export interface GuestFacts {
  readonly hostname: string
  /** One line of OpenSSH's authorized_keys each. */
  readonly authorizedKeys: readonly string[]
  /** OpenSSH private key; absent when the settings bring none, and then the guest has no SSH. */
  readonly hostKey?: string
  /** The lab's NICs in order, then the control NIC `ctl0`. */
  readonly links: readonly GuestLink[]
}

const controlMtu = 1500
/** The guest's side of the control NIC, as QEMU's user networking numbers it. */
const controlAddress = '10.0.2.15/24'

export function guestFacts(settings: string, name: string): GuestFacts {
  const values = settings.split('\n').flatMap((line) => {
    const equals = line.indexOf('=')
    return equals < 0 ? [] : [[line.slice(0, equals), line.slice(equals + 1)] as const]
  })
  const all = (key: string) => values.flatMap(([each, value]) => (each === key ? [value] : []))
  const hostKey = all('host_key').at(-1)
  const control = all('control_mac').map((mac) => ({
    name: 'ctl0',
    mac,
    mtu: controlMtu,
    address: controlAddress,
  }))
  return {
    hostname: all('hostname').at(-1) ?? name,
    authorizedKeys: all('authorized_key'),
    ...(hostKey === undefined ? {} : { hostKey: Buffer.from(hostKey, 'base64').toString() }),
    links: [...all('nic').flatMap(linkOf), ...control],
  }
}

/** `nic=<name> <mac> <mtu> [ip/prefix]` */
function linkOf(text: string): GuestLink[] {
  const [name, mac, mtu, address] = text.split(' ')
  if (!name || !mac) return []
  return [{ name, mac, mtu: Number(mtu) || controlMtu, ...(address ? { address } : {}) }]
}
