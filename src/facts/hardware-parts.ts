/** Parts and whole machines that a lab can be built of: what fits what, what a hypervisor has drivers for, what it cost. */
import written from './data/hardware-parts.json' with { type: 'json' }
import { type DataFile, dataFile, onceRead, type Source } from './data-file.ts'
import { compareVersions, lastUpdate } from './versions.ts'

export type FormFactor = 'mini-itx' | 'micro-atx' | 'atx'

/** `registered` modules and boards for them do not go together with `unbuffered` ones. */
export type MemoryBuffering = 'unbuffered' | 'registered'

export interface Price {
  readonly amount: number
  /** ISO 4217: `USD`, `EUR`. */
  readonly currency: string
  /** The month in which it cost this much: `2014-11`. */
  readonly asOf: string
}

interface Part {
  /** Maker and model, as in a shop. Unique among all rows. */
  readonly model: string
  /** Other ways to write it. */
  readonly aliases?: readonly string[]
  /** Whether it can still be bought new. */
  readonly availability: 'new' | 'used'
  /** Absent where nobody told one. */
  readonly price?: Price
  readonly priceSource?: Source
  readonly note?: string
  readonly source: Source
}

export interface MemoryBank {
  /** 0 where the memory is soldered. */
  readonly slots: number
  readonly form: 'DIMM' | 'SO-DIMM' | 'soldered'
  readonly generation: 'DDR3' | 'DDR4' | 'DDR5'
  readonly buffering: MemoryBuffering
  readonly ecc: 'none' | 'possible' | 'required'
  readonly maxGiB: number
  readonly solderedGiB?: number
  /** Models that the maker has tested; absent where the list is not known here. */
  readonly qualified?: readonly string[]
  /** What of the maker's list is here: `modules of 8 GB and more`. */
  readonly qualifiedNote?: string
}

export interface OnboardNic {
  /** Model of a `nic-chip`. */
  readonly chip: string
  readonly ports: number
  readonly mbits: number
}

interface Computer extends Part {
  readonly memory: MemoryBank
  readonly sataPorts: number
  readonly nics: readonly OnboardNic[]
  /** What lets one see its screen and press its power button from afar. */
  readonly outOfBand: 'IPMI' | 'iDRAC' | 'iLO' | 'AMT' | 'none'
}

export interface BoardPart extends Computer {
  readonly kind: 'board'
  readonly formFactor: FormFactor
  /** Model of the CPU that is soldered to it; otherwise it has a `socket`. */
  readonly cpu?: string
  readonly socket?: string
  /** `passive`: the CPU has a heat sink without a fan. */
  readonly cooling: 'passive' | 'active'
  /** Connectors without a fan on which the board does not start. */
  readonly requiredFans: readonly string[]
}

export interface SystemPart extends Computer {
  readonly kind: 'system'
  readonly formFactor: 'mini-pc' | 'tower' | '1u' | '2u'
  readonly cpu: string
  readonly cpuCount: number
}

export interface CpuPart extends Part {
  readonly kind: 'cpu'
  /** Absent where it is only sold soldered. */
  readonly socket?: string
  readonly cores: number
  readonly threads: number
  readonly baseMHz: number
  /** Absent: it has no Turbo. */
  readonly turboMHz?: number
  readonly quickAssist: boolean
  /** VT-x or AMD-V. */
  readonly vt: boolean
  /** EPT or NPT. */
  readonly ept: boolean
  /** Two kinds of cores. */
  readonly hybrid: boolean
  /** Key of a processor generation; absent where nothing is known about that generation. */
  readonly generation?: string
  readonly tdpWatts: number
}

export interface MemoryPart extends Part {
  readonly kind: 'memory'
  readonly form: 'DIMM' | 'SO-DIMM'
  readonly generation: MemoryBank['generation']
  readonly buffering: MemoryBuffering
  readonly ecc: boolean
  readonly sizeGiB: number
  readonly mtPerS: number
}

export interface SsdPart extends Part {
  readonly kind: 'ssd'
  readonly interface: 'sata' | 'nvme'
  /** Thousands, not 1024s, as on the box. */
  readonly sizeGB: number
}

export interface CasePart extends Part {
  readonly kind: 'case'
  readonly takes: readonly FormFactor[]
  readonly powerSupply: boolean
  /** Fans that it comes with, without that of the power supply. */
  readonly fans: number
}

export interface PsuPart extends Part {
  readonly kind: 'psu'
  readonly watts: number
}

export interface FanPart extends Part {
  readonly kind: 'fan'
  readonly sizeMm: number
  readonly noiseDbA: number
}

export interface NicPart extends Part {
  readonly kind: 'nic'
  readonly chip: string
  readonly ports: number
  readonly mbits: number
}

/** What a network chip's drivers are part of. */
export interface NicChip {
  readonly kind: 'nic-chip'
  readonly model: string
  /** Empty: in no version. */
  readonly esxi: {
    readonly inBoxFrom?: string
    /** The last version that has the driver. */
    readonly inBoxUntil?: string
    /** Known to be missing up to here, and not known after it. */
    readonly missingThrough?: string
  }
  readonly source: Source
}

export type HardwarePart =
  | BoardPart
  | SystemPart
  | CpuPart
  | MemoryPart
  | SsdPart
  | CasePart
  | PsuPart
  | FanPart
  | NicPart

export type HardwareRow = HardwarePart | NicChip

export type HardwareCatalogue = DataFile<HardwareRow>

export const hardwareCatalogue = onceRead((): HardwareCatalogue => dataFile<HardwareRow>(written))

/** Whether ESXi finds the network without a driver from elsewhere. A version without update (`5.5`) is its last update. */
export function inBoxDriver({ esxi }: NicChip, version: string): 'in-box' | 'missing' | 'unknown' {
  const asked = lastUpdate(version)
  const { inBoxFrom, inBoxUntil, missingThrough } = esxi
  if (missingThrough !== undefined)
    return compareVersions(asked, lastUpdate(missingThrough)) <= 0 ? 'missing' : 'unknown'
  if (inBoxFrom === undefined || compareVersions(asked, inBoxFrom) < 0) return 'missing'
  const isAfter = inBoxUntil !== undefined && compareVersions(asked, lastUpdate(inBoxUntil)) > 0
  return isAfter ? 'missing' : 'in-box'
}
