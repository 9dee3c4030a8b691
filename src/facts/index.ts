/** Room `facts`: what is known about products, processors, clouds and prices, and as of which day? */

export { type ApplianceSize, applianceRoles, applianceSize, applianceSizes } from './appliances.ts'
export { type BootTime, bootTime } from './boot-times.ts'
export { type CloudFacts, type CloudProvider, type CloudSize, cloudFacts, cloudSize } from './clouds.ts'
export { type DataDate, dataDates } from './data-dates.ts'
export { type Grade, type Source, sourceText } from './data-file.ts'
export { commonBaseline, type EvcBaseline, evcBaseline, evcBaselines, reachesBaseline } from './evc.ts'
export { type GuestId, guestIdOf } from './guest-ids.ts'
export {
  type BoardPart,
  type CasePart,
  type CpuPart,
  type FanPart,
  type HardwareCatalogue,
  type HardwarePart,
  type HardwareRow,
  hardwareCatalogue,
  inBoxDriver,
  type MemoryBank,
  type MemoryPart,
  type NicChip,
  type NicPart,
  type Price,
  type PsuPart,
  type SsdPart,
  type SystemPart,
} from './hardware-parts.ts'
export {
  firstNestedHardwareVersion,
  type HardwareVersion,
  hardwareVersion,
  hardwareVersions,
  newestHardwareVersion,
} from './hardware-versions.ts'
export {
  type Evaluation,
  evaluationOf,
  type LicenceNeed,
  type LicenceRule,
  type LicensedHost,
  licenceRule,
  licencesFor,
} from './licences.ts'
export { type NestingParty, type NestingSupport, type NestingVerdict, nestingSupport } from './nesting.ts'
export { type MachineOnHost, type Overhead, vmOverheadMiB } from './overheads.ts'
export {
  bootFactor,
  type FactorRange,
  type PerformanceConditions,
  type PerformanceRange,
  performanceRange,
} from './performance.ts'
export {
  defaultPrices,
  type ElectricityPrice,
  hoursPerMonth,
  type InstancePrice,
  instancePrice,
  type Prices,
  type ReadPrices,
  readPrices,
  type ServerPrice,
  type StoragePrice,
} from './prices.ts'
export {
  type CpuVendor,
  cpuVendor,
  type ProcessorGeneration,
  processorGeneration,
  processorOf,
  processorOfModel,
} from './processors.ts'
export { type ProductFacts, productFacts, productVersions } from './products.ts'
export { type DiskKind, diskIops, type SizingFigure, type SizingKey, sizingFigure } from './sizing-figures.ts'
export { compareVersions, lastUpdate } from './versions.ts'
