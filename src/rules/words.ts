/** Names, numbers and products of a lab as the sentences of findings have them. */
import type { Placed, Software } from './scene.ts'

const mostListed = 3

/** `a`, `a and b`, `a, b and c`; from five on `a, b, c and 4 more`. */
export function listed(words: readonly string[]): string {
  return inWords(words, (word) => word)
}

/** The same of names that the lab file has, which stand in backticks. */
export function named(names: readonly string[]): string {
  return inWords(names, (name) => `\`${name}\``)
}

/** Only what is shown is written out: there may be thousands. */
function inWords(words: readonly string[], written: (word: string) => string): string {
  const shown = (words.length > mostListed + 1 ? words.slice(0, mostListed) : words).map(written)
  const left = words.length - shown.length
  const all = left > 0 ? [...shown, `${left} more`] : shown
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`
}

export function namedMachines(machines: readonly Placed[]): string {
  return named(machines.map(({ machine }) => machine.path))
}

/** `1 machine`, `2 machines`. */
export function counted(count: number, word: string): string {
  return `${count.toLocaleString('en')} ${word}${count === 1 ? '' : 's'}`
}

const products: Readonly<Record<string, string>> = {
  esxi: 'ESXi',
  kvm: 'KVM',
  hyperv: 'Hyper-V',
  proxmox: 'Proxmox VE',
  'xcp-ng': 'XCP-ng',
  workstation: 'Workstation',
  player: 'Player',
  fusion: 'Fusion',
  virtualbox: 'VirtualBox',
}

/** `ESXi 8.0U2`. */
export function softwareWords({ product, version }: Software): string {
  const name = products[product] ?? product
  return version === undefined ? name : `${name} ${version}`
}
