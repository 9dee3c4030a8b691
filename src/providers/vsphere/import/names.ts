/** Names that a lab file accepts, for things that may be called anything on a server. */

export interface NameStyle {
  readonly maxLength: number
  /** Only small letters, digits and hyphens, as in host names. */
  readonly isHostName: boolean
  /** Where nothing is left of a name. */
  readonly otherwise: string
}

export const machineName: NameStyle = { maxLength: 30, isHostName: true, otherwise: 'machine' }
export const hostName: NameStyle = { maxLength: 30, isHostName: true, otherwise: 'host' }
export const labName: NameStyle = { maxLength: 40, isHostName: true, otherwise: 'imported' }
export const switchName: NameStyle = { maxLength: 30, isHostName: false, otherwise: 'switch' }
export const groupName: NameStyle = { maxLength: 40, isHostName: false, otherwise: 'group' }
export const sectionName: NameStyle = { maxLength: 40, isHostName: false, otherwise: 'entry' }
/** Of NICs: the kernel knows none that is longer. */
export const uplinkName: NameStyle = { maxLength: 15, isHostName: false, otherwise: 'uplink' }

/** The name as near to the real one as a lab file has it. */
export function safeName(real: string, { maxLength, isHostName, otherwise }: NameStyle): string {
  const plain = real.normalize('NFKD').replace(/\p{M}/gu, '')
  const kept = isHostName
    ? plain.toLowerCase().replace(/[^a-z0-9]+/g, '-')
    : plain
        .replace(/[^A-Za-z0-9._-]+/g, '-')
        .replace(/\.{2,}/g, '.')
        .replace(/-{2,}/g, '-')
  const begun = /^[A-Za-z]/.test(kept) ? kept : `${otherwise}-${kept.replace(/^[^A-Za-z0-9]+/, '')}`
  return trimmed(begun.slice(0, maxLength)) || otherwise
}

const trimmed = (name: string) => name.replace(/[^A-Za-z0-9]+$/, '')

/** Gives each thing a name that nothing else has; names that differ in case only count as one. */
export class Names {
  readonly #taken = new Set<string>()
  readonly #next = new Map<string, number>()

  claim(real: string, style: NameStyle): string {
    const base = safeName(real, style)
    let name = base
    while (this.#taken.has(name.toLowerCase())) {
      const count = this.#next.get(base) ?? 2
      this.#next.set(base, count + 1)
      const ending = `-${count}`
      name = trimmed(base.slice(0, style.maxLength - ending.length)) + ending
    }
    this.#taken.add(name.toLowerCase())
    return name
  }

  /** In the order given, but those that can keep their name come first. */
  claimAll(reals: readonly string[], style: NameStyle): readonly string[] {
    const names: string[] = []
    const claim = (wanted: boolean) => {
      for (const [index, real] of reals.entries())
        if ((safeName(real, style) === real) === wanted) names[index] = this.claim(real, style)
    }
    claim(true)
    claim(false)
    return names
  }
}
