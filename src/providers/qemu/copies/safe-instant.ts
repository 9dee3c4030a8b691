/** Stops machines at an instant from which they can be restored. */
import { readFile, rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { failQemu } from '../errors.ts'
import type { MonitorTalk } from '../monitor.ts'

/** In QEMU's `hflags` of x86: the CPU executes a guest of its own, by SVM (target/i386/cpu.h, HF_GUEST_SHIFT). */
const isInInnerGuest = 1 << 21
/** Where `hflags` is in a CPU's part of the state: behind 16 registers, the instruction pointer and the flags, 8 bytes each. */
const hflagsOffset = 18 * 8
/** Header of a section's content: instance and version, 4 bytes each. */
const sectionHeadBytes = 8
const cpuSection = Buffer.from('\u0003cpu', 'latin1')
const mostTries = 400
const longestWaitMs = 12

/**
 * Stops the machine. Emulated, a CPU that is just executing an inner guest may not come back as it was: then the
 * machine goes on for a few milliseconds and is stopped again. Returns the number of tries.
 */
export async function stopSafely(
  talk: MonitorTalk,
  about: { readonly isEmulated: boolean; readonly glance: string; readonly random: () => number },
): Promise<number> {
  for (let tries = 1; tries <= mostTries; tries += 1) {
    await talk.ask('stop')
    if (!about.isEmulated || !(await isInside(talk, about.glance))) return tries
    await talk.ask('cont')
    await sleep(1 + about.random() * (longestWaitMs - 1))
  }
  throw failQemu('no-safe-instant', { machine: talk.machine, tries: mostTries })
}

async function isInside(talk: MonitorTalk, file: string): Promise<boolean> {
  // Despite its name it is of use without Xen: it writes the devices to a file within milliseconds.
  await talk.ask('xen-save-devices-state', { filename: file, live: false })
  const state = await readFile(file)
  await rm(file, { force: true })
  const flags = hflagsOf(state)
  if (flags.length === 0) throw failQemu('no-safe-instant', { machine: talk.machine, tries: 1 })
  return flags.some((one) => (one & isInInnerGuest) !== 0)
}

/** Of each CPU in a state of devices. */
export function hflagsOf(state: Buffer): number[] {
  const found: number[] = []
  for (let at = state.indexOf(cpuSection); at >= 0; at = state.indexOf(cpuSection, at + 1)) {
    const place = at + cpuSection.length + sectionHeadBytes + hflagsOffset
    if (place + 4 <= state.length) found.push(state.readUInt32BE(place))
  }
  return found
}
