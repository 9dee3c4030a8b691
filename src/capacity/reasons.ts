/** Why a lab does not fit, barely fits, or cannot be judged: one sentence each. */

import type { DatastoreUse } from './datastores.ts'
import type { Fit } from './fit.ts'
import type { Level0 } from './level0.ts'
import type { HypervisorMemory } from './memory.ts'
import type { Placement } from './placement/place.ts'
import type { Reason, SizeReport } from './report.ts'

export interface Judged extends Pick<SizeReport, 'memory' | 'cpu' | 'disk'> {
  readonly placement: Placement | undefined
  readonly accelerator: Level0['accelerator']
}

const order: readonly Fit[] = ['does-not-fit', 'heavily-used', 'unknown']

export function reasonsOf(judged: Judged): readonly Reason[] {
  const reasons = [
    ...siteReasons(judged),
    ...judged.memory.hypervisors.flatMap(hypervisorReason),
    ...judged.cpu.hypervisors.flatMap(({ path, vcpus, tooWide }) =>
      tooWide.map(
        (inner): Reason => ({
          fit: 'does-not-fit',
          at: inner,
          text: `${inner} has more vCPUs than the ${vcpus} of ${path}, which does not start it.`,
        }),
      ),
    ),
    ...judged.disk.datastores.flatMap(datastoreReason),
  ]
  return reasons.sort((a, b) => order.indexOf(a.fit) - order.indexOf(b.fit))
}

function siteReasons({ memory, placement, accelerator }: Judged): readonly Reason[] {
  // Simulated machines take no memory.
  if (accelerator === 'simulated') return []
  const { fit, share, peakMiB, givenMiB, ownMiB } = memory
  const need = `machines and their overhead take ${gib(peakMiB)} GiB`
  if (share === undefined || givenMiB === undefined) {
    const why =
      memory.hosts.length === 0 ? 'nothing is known about level 0' : 'not every host tells its memory'
    return [{ fit: 'unknown', text: `The ${need}, and ${why}.` }]
  }
  const own = ownMiB === undefined ? '' : ` beside the ${gib(ownMiB)} GiB of the hosts themselves`
  const reasons: Reason[] = []
  if (share > 1)
    reasons.push({ fit: 'does-not-fit', text: `The ${need}${own}, and there are ${gib(givenMiB)} GiB.` })
  else if (placement && placement.outcome !== 'placed') reasons.push(unplacedReason(placement))
  else if (fit === 'heavily-used')
    reasons.push({ fit, text: `Level 0 is heavily used: ${percent(share)} of its memory.` })
  else if (fit === 'unknown')
    reasons.push({
      fit,
      text: `The ${need} of ${gib(givenMiB)} GiB, and what the hosts use themselves is not known.`,
    })
  return reasons
}

function unplacedReason({ unplaced, outcome }: Placement): Reason {
  const names = unplaced.slice(0, 5).map(({ path, copies }) => (copies > 1 ? `${copies} × ${path}` : path))
  const more = unplaced.length > names.length ? ` and ${unplaced.length - names.length} more` : ''
  const proof = outcome === 'impossible' ? 'there is no way' : 'no way was found'
  return {
    fit: 'does-not-fit',
    text: `The hosts have enough memory together, but ${proof} to place every machine: no host has room for ${names.join(', ')}${more}.`,
  }
}

function hypervisorReason(hypervisor: HypervisorMemory): readonly Reason[] {
  const { path, fit, share, leftMiB, givenMiB, product } = hypervisor
  if (fit === 'fits') return []
  // What little is known matters only where something runs inside.
  if (fit === 'unknown') {
    if (hypervisor.machines === 0) return []
    return [
      {
        fit,
        at: path,
        text: `What ${product} uses itself is not known, so neither is whether ${path} is full.`,
      },
    ]
  }
  if (fit === 'heavily-used')
    return [
      { fit, at: path, text: `${path} is heavily used: ${percent(share)} of its ${gib(givenMiB)} GiB.` },
    ]
  const missing = leftMiB === undefined ? '' : ` and lacks ${Math.ceil(-leftMiB)} MiB`
  return [{ fit, at: path, text: `${path} has ${gib(givenMiB)} GiB${missing}.` }]
}

function datastoreReason({
  name,
  fit,
  takenMiB,
  sizeMiB,
}: Omit<DatastoreUse, 'assumptions'>): readonly Reason[] {
  if (sizeMiB === undefined || fit === 'fits' || fit === 'unknown') return []
  const takes = `${gib(takenMiB.low)} to ${gib(takenMiB.high)} GiB of ${gib(sizeMiB)} GiB`
  const word = fit === 'heavily-used' ? 'is heavily used' : 'is too small'
  return [{ fit, at: name, text: `The datastore ${name} ${word}: a young lab takes ${takes}.` }]
}

function gib(mebibytes: number): string {
  return String(Number((mebibytes / 1024).toFixed(1)))
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
