/** Joins a simulated guest to its place in the park: what its programs see and do there. */
import { printedBy } from './console-text.ts'
import { guestFacts } from './guest-facts.ts'
import { guestFiles } from './guest-files.ts'
import { asked, machineIn, type Place, settle, withFiles } from './life.ts'
import type { LevelOfPark } from './opened-level.ts'
import type { Park, SimMachine } from './park.ts'
import { pinged } from './ping.ts'
import type { SimGuest } from './sim-guest.ts'

/** The guest of one run of a machine; what it does after that run ended fails as on a machine without power. */
export function guestOf(machine: SimMachine, place: Place, { park, clock }: LevelOfPark): SimGuest {
  const { hardware } = machine
  let { bootedAtMs } = machine
  const facts = guestFacts(machine.settings, hardware.name)
  const uptimeMs = () => Math.max(0, clock.now() - bootedAtMs)
  const change = <Answer>(edit: (park: Park, nowMs: number) => { park: Park; answer: Answer }) =>
    park.change((before) => {
      const nowMs = clock.now()
      return edit(settle(before, nowMs), nowMs)
    })
  return {
    facts,
    hardware,
    files: guestFiles({
      facts,
      uptimeMs,
      machine: async () => {
        const found = machineIn(settle(await park.read(), clock.now()), place)
        // A machine that stood still for a while has its uptime without that.
        bootedAtMs = found.bootedAtMs
        return found
      },
      keep: (edit) => change((before) => ({ park: withFiles(before, place, edit), answer: undefined })),
    }),
    consoleText: () => printedBy(hardware, uptimeMs()).replaceAll('\r', ''),
    uptimeMs,
    sleep: (virtualMs, signal) => clock.sleep(virtualMs, signal),
    ping: (wish) => change((before, nowMs) => pinged(before, place, { ...wish, nowMs })),
    end: (as) =>
      change((before, nowMs) => ({ park: asked(before, place, { nowMs, as }), answer: undefined })),
  }
}
