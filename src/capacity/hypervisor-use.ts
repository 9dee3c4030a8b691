/** What a hypervisor needs beside its machines: for itself, and for each machine that it runs. */
import { productFacts, type Source, vmOverheadMiB } from '#facts'
import type { Machine } from '#lab'
import { type Assumption, assumption } from './assumption.ts'

export interface MemoryFigure {
  readonly MiB: number
  readonly source: Source
}

export interface Product {
  readonly product?: string | undefined
  readonly version?: string | undefined
}

/** Its own use, with the system that it runs on; undefined for a product nobody has a figure about. */
export function ownUse({ product, version }: Product): MemoryFigure | undefined {
  const facts = product === undefined ? undefined : productFacts(product, version)
  return facts && { MiB: facts.ownMemoryMiB, source: facts.ownMemorySource }
}

type Size = Pick<Machine, 'memoryMiB' | 'cpus'>

/** What one machine costs beside its own memory; undefined for a product nobody has a figure about. */
export function overheadOf({ product }: Product, { memoryMiB, cpus }: Size): MemoryFigure | undefined {
  return product === undefined ? undefined : vmOverheadMiB({ hypervisor: product, memoryMiB, cpus })
}

/** Whether it starts no machine that has more vCPUs than itself has threads; QEMU only warns. */
export function refusesWideMachines(product: string | undefined): boolean {
  return product === 'esxi' || product === 'hyperv'
}

/** Where the figures are from, for all hypervisors of a lab and its hosts. */
export function useAssumptions(used: readonly Product[]): readonly Assumption[] {
  return used.flatMap((one): readonly Assumption[] => {
    const { product, version } = one
    if (product === undefined) return []
    const name = version === undefined ? product : `${product} ${version}`
    const own = ownUse(one)
    const overhead = overheadOf(one, { memoryMiB: 1024, cpus: 1 })
    if (!own || !overhead) return [assumption(`What ${name} uses itself, or for each machine, is not known.`)]
    return [
      assumption(`${name} uses about ${own.MiB} MiB itself.`, own.source),
      assumption(
        `${product} takes about ${Math.round(overhead.MiB)} MiB beside a machine of 1 GiB with one vCPU.`,
        overhead.source,
      ),
    ]
  })
}
