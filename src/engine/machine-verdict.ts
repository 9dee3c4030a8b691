/** Judges one machine: is it as the lab file wants it, and if not, what has to be done and why? */
import { type Level, type Machine, machinesOf, type ResolvedLab } from '#lab'
import type { SeenMachine } from '#providers'
import { digestOf, factsOf, type MadeMachine, machineChanges } from './facts.ts'

/** `remake`: remove and make again. `resume`: let it go on. `prove`: runs, but has to show that it is up. */
export type Verdict =
  | { readonly do: 'nothing' }
  | { readonly do: 'make' | 'remake' | 'start' | 'resume' | 'prove'; readonly because: string }

export interface Judged {
  readonly lab: ResolvedLab
  readonly machine: Machine
  readonly level: Level
  readonly seen: SeenMachine | undefined
  readonly made: MadeMachine | undefined
  readonly images: ReadonlyMap<string, string>
  readonly answered: boolean
  /** It was in the lab when the lab was brought up before. */
  readonly before: boolean
  /** The hypervisor around it is made or started by the same plan. */
  readonly ownerStarts: boolean
}

export function judge(about: Judged): Verdict {
  const { machine, seen, answered } = about
  if (!seen) return { do: 'make', because: whyMissing(about) }
  const because = whyRemade(about, seen)
  if (because) return { do: 'remake', because }
  if (seen.state === 'created') return { do: 'start', because: 'was made, but never started' }
  if (seen.state === 'paused') return { do: 'resume', because: 'is paused' }
  if (seen.state !== 'running') return { do: 'start', because: `is ${seen.state}` }
  if (!answered) return { do: 'prove', because: `${machine.name} runs, but does not answer yet` }
  return { do: 'nothing' }
}

function whyMissing({ machine, before, ownerStarts }: Judged): string {
  if (!before) return 'new in the lab file'
  if (!ownerStarts) return 'is missing'
  return `${machine.path.slice(0, machine.path.lastIndexOf('/'))} is started anew`
}

function whyRemade(about: Judged, seen: SeenMachine): string | undefined {
  const { machine, made, images } = about
  // While an image is not in the image store nobody knows its digest; then it is taken to be what it was.
  const facts = factsOf(machine, about, images.get(machine.path) ?? made?.facts.image)
  if (digestOf(facts) !== seen.digest) {
    const changes = made && made.digest === seen.digest ? machineChanges(made.facts, facts) : []
    return changes.join(', ') || 'was made from another version of the lab file'
  }
  return whyLibrary(about)
}

/** A hypervisor gets the images for its inside when it is made; a new one inside needs a new hypervisor. */
function whyLibrary({ machine, made, images }: Judged): string | undefined {
  if (!machine.hypervisor || !made?.library) return undefined
  for (const inner of machinesOf(machine.hypervisor.inside)) {
    const image = images.get(inner.path)
    if (image !== undefined && !made.library.includes(image)) {
      return `${inner.path} needs an image that ${machine.path} was not given when it was made`
    }
  }
  return undefined
}
