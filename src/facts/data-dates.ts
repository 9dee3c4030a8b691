/** How old each data file of this room is. */
import { applianceData } from './appliances.ts'
import { bootTimeData } from './boot-times.ts'
import { cloudData, cloudFamilyData } from './clouds.ts'
import { evcData } from './evc.ts'
import { guestIdData } from './guest-ids.ts'
import { hardwareData } from './hardware-versions.ts'
import { evaluationData, licenceData } from './licences.ts'
import { nestingData } from './nesting.ts'
import { overheadData } from './overheads.ts'
import { priceData } from './prices.ts'
import { processorData, processorModelData } from './processors.ts'
import { productData } from './products.ts'
import { sizingData } from './sizing-figures.ts'

export interface DataDate {
  /** The file's name without its folder: `prices.json`. */
  readonly file: string
  readonly asOf: string
}

const files: Readonly<Record<string, () => { readonly asOf: string }>> = {
  'appliances.json': applianceData,
  'boot-times.json': bootTimeData,
  'cloud-families.json': cloudFamilyData,
  'clouds.json': cloudData,
  'evaluations.json': evaluationData,
  'evc-baselines.json': evcData,
  'guest-ids.json': guestIdData,
  'hardware-versions.json': hardwareData,
  'licences.json': licenceData,
  'nesting.json': nestingData,
  'overheads.json': overheadData,
  'prices.json': priceData,
  'processor-models.json': processorModelData,
  'processors.json': processorData,
  'products.json': productData,
  'sizing-figures.json': sizingData,
}

export function dataDates(): readonly DataDate[] {
  return Object.entries(files).map(([file, read]) => ({ file, asOf: read().asOf }))
}
