/** MACs and addresses that a lab file may have once, as far as it lets them stand at all. */
import { controlMac, ipNumber, networkOf } from '#lab'

export class Macs {
  readonly #owners = new Map<string, string>()

  /** Undefined when the NIC may have it, otherwise why not. */
  claim(mac: string, path: string): string | undefined {
    const isUsable =
      /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/.test(mac) && mac !== '00:00:00:00:00:00' && mac !== controlMac
    if (!isUsable) return `its MAC ${mac} cannot be that of a NIC`
    const owner = this.#owners.get(mac)
    if (owner !== undefined) return `its MAC ${mac} is also that of ${owner}`
    this.#owners.set(mac, path)
    return undefined
  }
}

interface Network {
  readonly start: number
  readonly size: number
}

/** Within one network an address is there once, and networks cover each other as a whole or not at all. */
export class Addresses {
  readonly #taken = new Set<string>()
  readonly #networks = new Map<string, Network[]>()

  /** Whether a NIC of these networks may have it. */
  claim(ip: string, prefixLength: number, domains: readonly string[]): boolean {
    const network = usableNetwork(ip, prefixLength)
    if (!network) return false
    const keys = domains.map((domain) => `${domain} ${ip}`)
    if (keys.some((key) => this.#taken.has(key))) return false
    if (domains.some((domain) => this.#networks.get(domain)?.some((other) => overlap(other, network))))
      return false
    for (const key of keys) this.#taken.add(key)
    for (const domain of domains) {
      const known = this.#networks.get(domain) ?? []
      this.#networks.set(domain, known)
      if (!known.some(({ start, size }) => start === network.start && size === network.size))
        known.push(network)
    }
    return true
  }
}

/** Of the control NICs. */
const control = ipNumber('10.0.2.0')

function usableNetwork(ip: string, prefixLength: number): Network | undefined {
  const octets = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(ip)?.slice(1).map(Number)
  const [first = 0] = octets ?? []
  if (!octets || octets.some((octet) => octet > 255) || first === 0 || first === 127 || first >= 224)
    return undefined
  if (prefixLength < 8 || prefixLength > 30) return undefined
  const number = ipNumber(ip)
  const start = networkOf(number, prefixLength)
  const size = 2 ** (32 - prefixLength)
  const isOfOne = number !== start && number !== start + size - 1 && networkOf(number, 24) !== control
  return isOfOne ? { start, size } : undefined
}

function overlap(left: Network, right: Network): boolean {
  if (left.start === right.start && left.size === right.size) return false
  return left.start < right.start + right.size && right.start < left.start + left.size
}
