/** What the verb `size` asks of the rest of the program. */
import type { SizeOptions, SizeReport } from '#capacity'
import type { Prices } from '#facts'
import type { MachineReport } from '#host'
import type { ResolvedLab } from '#lab'

export interface Sizing {
  sizeLab(lab: ResolvedLab, options: SizeOptions): SizeReport
  /** What a look at this machine says about level 0. */
  siteOf(report: MachineReport): NonNullable<SizeOptions['site']>
  /** Fails with everything that is wrong with the file, key by key; `name` is how messages call it. */
  readPrices(path: string, name: string): Promise<Prices>
}
