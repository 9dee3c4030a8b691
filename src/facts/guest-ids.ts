/** The guest type that a vSphere VM needs for the hypervisor that it will hold. */
import written from './data/guest-ids.json' with { type: 'json' }
import { dataFile, onceRead, type Source } from './data-file.ts'
import { compareVersions } from './versions.ts'

export interface GuestId {
  readonly product: string
  /** The row holds for versions of the product before this one; absent for the newest. */
  readonly before?: string
  /** As in the API of vSphere: `vmkernel7Guest`. */
  readonly guestId: string
  /** As in the client of vSphere. */
  readonly title: string
  /** The first hardware version on which vSphere offers it. */
  readonly firstHardware: number
  readonly source: Source
}

export const guestIdData = onceRead(() => dataFile<GuestId>(written))

const byProduct = onceRead(() => Map.groupBy(guestIdData().rows, (row) => row.product))

/** Without a version: the guest type of the newest one. */
export function guestIdOf(product: string, version?: string): GuestId | undefined {
  const rows = byProduct().get(product) ?? []
  if (version === undefined) return rows.at(-1)
  return rows.find(({ before }) => before === undefined || compareVersions(version, before) < 0)
}
