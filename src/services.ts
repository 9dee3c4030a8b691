/** Loads the rooms that a verb needs, when it needs them, and fits them to what the command line asks for. */
import type { Services } from '#cli'

export function makeServices(_environment: NodeJS.ProcessEnv): Services {
  const notYet = () => Promise.reject(new Error('not there yet'))
  return {
    nowMs: () => performance.now(),
    engine: notYet,
    labFiles: notYet,
    images: notYet,
    doctor: notYet,
    schema: notYet,
    explainDrop: notYet,
  }
}
