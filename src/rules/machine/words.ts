/** Products, lists and sizes in words. */
import type { Software } from '../scene.ts'

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

const mostListed = 3

/** `a, b, c and 4 more`. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, mostListed)
  const rest = names.length - shown.length
  if (rest > 0) return `${shown.join(', ')} and ${rest} more`
  return [shown.slice(0, -1).join(', '), shown.at(-1) ?? ''].filter(Boolean).join(' and ')
}

/** `1 machine`, `2 machines`. */
export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
