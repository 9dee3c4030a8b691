/** Everything that stops `up` before it has done anything. */
import { type Machine, machinesOf, type ResolvedLab, wellKnownImage } from '#lab'
import type { Surroundings } from './contract.ts'
import { asFailure, fail } from './errors.ts'
import type { LabIndex } from './lab-index.ts'
import { inventoryOf, type Observation } from './observation.ts'
import type { Plan } from './plan-types.ts'
import { ownerOf, type Selection } from './select.ts'

/** A key about certain machines only is no hindrance when none of them was chosen. */
export function refusePending(lab: ResolvedLab, chosen: Selection): void {
  const hindering = lab.pending.filter(({ machines }) => machines?.some((path) => chosen.has(path)) ?? true)
  if (hindering.length === 0) return
  const keys = hindering.map(({ at, text }) => `${at}: ${text}`)
  throw fail('keys-without-effect', { lab: lab.name, keys })
}

/** Names everything that is wanting for any chosen machine, each thing once. */
export async function refuseLacking(
  surroundings: Surroundings,
  lab: ResolvedLab,
  chosen: Selection,
): Promise<void> {
  const machines = [...machinesOf(lab.top)].filter((machine) => chosen.has(machine.path))
  const wanting = await Promise.all(machines.map((machine) => wantOf(surroundings, lab, machine)))
  const paths = new Map<string, string[]>()
  wanting.forEach((want, index) => {
    const path = machines[index]?.path
    if (want !== undefined && path !== undefined) paths.set(want, [...(paths.get(want) ?? []), path])
  })
  if (paths.size === 0) return
  const wants = [...paths].map(([want, those]) => `${those.join(', ')}: ${want}`)
  throw fail('machines-cannot-run', { wants })
}

async function wantOf(
  surroundings: Surroundings,
  lab: ResolvedLab,
  machine: Machine,
): Promise<string | undefined> {
  try {
    const lacking = await surroundings.lacking?.(machine, lab)
    if (lacking !== undefined) return lacking
    const image = await wantedImage(surroundings, machine)
    if (image !== undefined) return image
    await surroundings.guests.guestOf(machine)
    return undefined
  } catch (error) {
    const { message, remedy } = asFailure(error, `find out how ${machine.path} runs`)
    return `${message} ${remedy}`
  }
}

/** Images that only the user can supply, since nobody may hand them on. */
async function wantedImage({ guests }: Surroundings, { image }: Machine): Promise<string | undefined> {
  if (image.from !== 'catalogue') return undefined
  const known = wellKnownImage(image.name)
  if (known?.supplied !== 'by-user' || (await guests.find(image))) return undefined
  return `${known.title} is not in the image store. It needs ${known.needs}; \`nestlab image import\` brings it in.`
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

/** Machines on L0 share the memory of L0; those further in have what their hypervisor has. */
export async function refuseTooBig(
  surroundings: Surroundings,
  plan: Plan,
  known: { readonly index: LabIndex; readonly observation: Observation },
): Promise<void> {
  if (!surroundings.memoryAvailableMiB) return
  const starting = plan.steps.filter((step) => step.do === 'start-machine' && ownerOf(step.path) === '')
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
  const running = new Set(machines.filter((one) => one.state === 'running').map((one) => one.name))
  const going = plan.steps.filter((step) => step.do === 'remove-machine' && running.has(step.path))
  return sum(going.map((step) => known.index.machines.get(step.path)?.machine.memoryMiB ?? 0))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
