/** What a machine is noted to have been made from. */
import type { ResolvedLab } from '#lab'
import { digestOf, factsOf, type MadeMachine } from './facts.ts'
import type { Placed } from './lab-index.ts'

/** `images`: SHA-256 by path, of all machines of the lab. */
export function madeFrom(
  { machine, level }: Placed,
  lab: ResolvedLab,
  images: ReadonlyMap<string, string>,
): MadeMachine {
  const facts = factsOf(machine, { lab, level }, images.get(machine.path))
  // The library disk has the images of all machines that are inside of any hypervisor.
  const inner = [...images].filter(([path]) => path.includes('/')).map(([, image]) => image)
  const library = [...new Set(inner)].sort()
  return { digest: digestOf(facts), facts, ...(machine.hypervisor && { library }) }
}
