/** Site `sim`: the engine on the simulated machine park, with guests that need no images. */
import { type Engine, openEngine, type Surroundings } from '#engine'
import { labPaths } from '#store'
import { openSimInside, openSimProvider } from './providers/sim/index.ts'
import type { Place } from './services.ts'
import { simulatedGuests } from './simulated-guests.ts'

export function openSimulatedEngine({ roots, clock }: Place): Engine {
  const parkOf = (lab: string) => ({ lab, file: labPaths(roots, lab).simulation })
  const surroundings: Surroundings = {
    roots,
    clock,
    guests: simulatedGuests(roots),
    openSite: (lab) => openSimProvider(parkOf(lab.name)),
    openInside: ({ hypervisor }, lab) => openSimInside({ ...parkOf(lab.name), hypervisor }),
  }
  return openEngine(surroundings)
}
