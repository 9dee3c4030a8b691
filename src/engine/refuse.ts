/** Everything that stops `up` before it has done anything. */
import { type Machine, machinesOf, type ResolvedLab, wellKnownImage } from '#lab'
import type { Carrier, Surroundings } from './contract.ts'
import { asFailure, fail } from './errors.ts'
import type { LabIndex } from './lab-index.ts'
import { inventoryOf, type Observation } from './observation.ts'
import type { Plan } from './plan-types.ts'
import { ownerOf, type Selection } from './select.ts'

/**
 * Names everything that stands in the way of any chosen machine in one failure: keys without an effect, images,
 * licences, products. A key about certain machines only is no hindrance when none of them was chosen.
 */
export async function refuseUnfit(
  surroundings: Surroundings,
  lab: ResolvedLab,
  chosen: Selection,
): Promise<void> {
  const keys = lab.pending
    .map((key) => ({ ...key, machines: key.machines?.filter((path) => chosen.has(path)) }))
    .filter(({ machines }) => machines?.length !== 0)
    .map(({ at, text, machines }) => `${at}${machines ? ` (${machines.join(', ')})` : ''}: ${text}`)
  const wants = await wantsOf(surroundings, lab, chosen)
  if (keys.length > 0) throw fail('keys-without-effect', { lab: lab.name, keys, wants })
  if (wants.length > 0) throw fail('machines-cannot-run', { wants })
}

/** Each thing that is wanting once, after the paths of the machines it is wanting for. */
async function wantsOf(
  surroundings: Surroundings,
  lab: ResolvedLab,
  chosen: Selection,
): Promise<readonly string[]> {
  const machines = [...machinesOf(lab.top)].filter((machine) => chosen.has(machine.path))
  const wanting = await Promise.all(machines.map((machine) => wantsOfMachine(surroundings, lab, machine)))
  const paths = new Map<string, string[]>()
  machines.forEach(({ path }, index) => {
    for (const want of wanting[index] ?? []) paths.set(want, [...(paths.get(want) ?? []), path])
  })
  return [...paths].map(([want, those]) => `${those.join(', ')}: ${want}`)
}

async function wantsOfMachine(
  surroundings: Surroundings,
  lab: ResolvedLab,
  machine: Machine,
): Promise<readonly string[]> {
  try {
    const wants = [await wantedImage(surroundings, machine), await surroundings.lacking?.(machine, lab)]
    const said = wants.filter((want) => want !== undefined)
    if (said.length === 0) await surroundings.guests.guestOf(machine)
    return said
  } catch (error) {
    const { message, remedy } = asFailure(error, `find out how ${machine.path} runs`)
    return [`${message} ${remedy}`]
  }
}

/** Images that only the user can supply, since nobody may hand them on. */
async function wantedImage(
  { guests, hasOwnImages }: Surroundings,
  { image }: Machine,
): Promise<string | undefined> {
  if (image.from !== 'catalogue' || hasOwnImages) return undefined
  const known = wellKnownImage(image.name)
  if (known?.supplied !== 'by-user' || (await guests.find(image))) return undefined
  const brought = `\`nestlab image import FILE --name ${image.name}\` brings it in`
  return `${known.title} is not in the image store. It needs ${known.needs}; ${brought}.`
}

/** A lab's name stands for one file on one site. */
export function refuseOther(
  lab: ResolvedLab,
  file: string | undefined,
  before: { readonly lab: ResolvedLab; readonly sourceFile: string } | undefined,
): void {
  if (!before) return
  const { sourceFile: other } = before
  if (file && other && file !== other) throw fail('name-taken', { lab: lab.name, file, other })
  const { site: from } = before.lab
  if (from !== lab.site) throw fail('site-changed', { lab: lab.name, from, to: lab.site })
}

/** What carries the frames from now on. Changes nothing, and fails where that cannot be. */
export async function settleCarrier(
  { kernelLacks }: Surroundings,
  lab: ResolvedLab,
  told: CarrierTold,
): Promise<Carrier> {
  const { asked, before, signal } = told
  const now = before && (before.carrier ?? 'process')
  const carrier = asked ?? now ?? 'process'
  if (now && now !== carrier) throw fail('carrier-changed', { lab: lab.name, from: now, to: carrier })
  if (carrier === 'process') return carrier
  const lacks = kernelLacks ? await kernelLacks(lab, signal) : [`Site ${lab.site} has no use for a kernel.`]
  if (lacks.length > 0) throw fail('kernel-lacks', { lab: lab.name, lacks })
  return carrier
}

interface CarrierTold {
  readonly asked: Carrier | undefined
  readonly before: { readonly carrier?: Carrier } | undefined
  readonly signal: AbortSignal
}

/** Machines on L0 share the memory of L0; those further in have what their hypervisor has. */
export async function refuseTooBig(
  surroundings: Surroundings,
  plan: Plan,
  known: { readonly index: LabIndex; readonly observation: Observation },
): Promise<void> {
  if (!surroundings.memoryAvailableMiB) return
  const { machines } = inventoryOf(known.observation, '')
  // What stands still has its memory already.
  const isPaused = (name: string) => machines.find((one) => one.name === name)?.state === 'paused'
  const starting = plan.steps.filter(
    (step) => step.do === 'start-machine' && ownerOf(step.path) === '' && !isPaused(step.path),
  )
  if (starting.length === 0) return
  const wanted = starting.map((step) => known.index.machines.get(step.path)?.machine.memoryMiB ?? 0)
  const neededMiB = sum(wanted) - freedMiB(plan, known)
  const availableMiB = Math.floor(await surroundings.memoryAvailableMiB())
  if (neededMiB <= availableMiB) return
  throw fail('memory-short', { neededMiB, availableMiB, machines: starting.length })
}

/** What the machines hold that go first; with the size they have in the file, which is all that is known of them. */
function freedMiB(
  plan: Plan,
  known: { readonly index: LabIndex; readonly observation: Observation },
): number {
  const { machines } = inventoryOf(known.observation, '')
  const holding = new Set(
    machines.filter(({ state }) => state === 'running' || state === 'paused').map(({ name }) => name),
  )
  const going = plan.steps.filter((step) => step.do === 'remove-machine' && holding.has(step.path))
  return sum(going.map((step) => known.index.machines.get(step.path)?.machine.memoryMiB ?? 0))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
