/** Shuts the host down that a level is the inside of. */
import { fail } from './errors.ts'
import type { Level } from './switches.ts'

/**
 * Machines of the lab have been stopped by then; with `force` the host need not be in maintenance, in which it would
 * still be after its next start. What becomes of the task nobody learns, since the host goes.
 */
export async function shutDownHost({ level, place }: Level, signal: AbortSignal): Promise<void> {
  const [host] = place.hosts
  if (!host || place.isVCenter)
    throw fail('vsphere-cannot', { what: 'Shutting the host down', reason: 'it is not a lone host' })
  await level.connection.call('ShutdownHost_Task', host.ref, { force: true }, { signal })
}
