/**
 * Which x86 processors came when, and what they brought for running hypervisors inside hypervisors. As of 2026-08.
 * Families and models: Linux arch/x86/include/asm/intel-family.h and AMD's processor guides. What each brought:
 * EPT with Nehalem, VMCS shadowing with Haswell, NPT with AMD's family 10h.
 */

export interface Generation {
  readonly name: string
  /** Of the first processors. */
  readonly year: number
  /** Second-level address translation: EPT at Intel, NPT at AMD. */
  readonly hasSlat: boolean
  /** Intel only. */
  readonly hasShadowVmcs: boolean
}

/** Name, year, models. All are of family 6. */
const INTEL: readonly (readonly [string, number, readonly number[]])[] = [
  ['Merom', 2006, [0x0f, 0x16]],
  ['Penryn', 2007, [0x17, 0x1d]],
  ['Nehalem', 2008, [0x1a, 0x1e, 0x1f, 0x2e]],
  ['Westmere', 2010, [0x25, 0x2c, 0x2f]],
  ['Sandy Bridge', 2011, [0x2a, 0x2d]],
  ['Ivy Bridge', 2012, [0x3a, 0x3e]],
  ['Haswell', 2013, [0x3c, 0x3f, 0x45, 0x46]],
  ['Silvermont', 2013, [0x37, 0x4a, 0x4d, 0x5a, 0x5d]],
  ['Broadwell', 2014, [0x3d, 0x47, 0x4f, 0x56]],
  ['Airmont', 2015, [0x4c, 0x75]],
  ['Skylake', 2015, [0x4e, 0x5e, 0x55]],
  ['Kaby Lake or Coffee Lake', 2016, [0x8e, 0x9e]],
  ['Goldmont', 2016, [0x5c, 0x5f, 0x7a]],
  ['Cannon Lake', 2018, [0x66]],
  ['Ice Lake', 2019, [0x6a, 0x6c, 0x7d, 0x7e]],
  ['Comet Lake', 2019, [0xa5, 0xa6]],
  ['Tremont', 2019, [0x86, 0x8a, 0x96, 0x9c]],
  ['Tiger Lake', 2020, [0x8c, 0x8d]],
  ['Rocket Lake', 2021, [0xa7]],
  ['Alder Lake', 2021, [0x97, 0x9a, 0xbe]],
  ['Raptor Lake', 2022, [0xb7, 0xba, 0xbf]],
  ['Sapphire Rapids', 2023, [0x8f]],
  ['Emerald Rapids', 2023, [0xcf]],
  ['Meteor Lake', 2023, [0xaa, 0xac]],
  ['Granite Rapids', 2024, [0xad, 0xae]],
  ['Sierra Forest', 2024, [0xaf]],
  ['Lunar Lake', 2024, [0xbd]],
  ['Arrow Lake', 2024, [0xb5, 0xc5, 0xc6]],
  ['Panther Lake', 2025, [0xcc]],
]

/** The Skylake server model lived on; its steppings tell. */
const CASCADE_LAKE_STEPPINGS = { from: 5, to: 7 }
const COOPER_LAKE_STEPPINGS = { from: 10, to: 11 }

/** Name, year, family, first and last model. */
const AMD: readonly (readonly [string, number, number, number, number])[] = [
  ['K8', 2003, 0x0f, 0x00, 0xff],
  ['K10 (Barcelona)', 2007, 0x10, 0x00, 0xff],
  ['Turion X2 Ultra', 2008, 0x11, 0x00, 0xff],
  ['Llano', 2011, 0x12, 0x00, 0xff],
  ['Bobcat', 2011, 0x14, 0x00, 0xff],
  ['Bulldozer', 2011, 0x15, 0x00, 0x01],
  ['Piledriver', 2012, 0x15, 0x02, 0x1f],
  ['Steamroller', 2014, 0x15, 0x30, 0x3f],
  ['Excavator', 2015, 0x15, 0x60, 0x7f],
  ['Jaguar', 2013, 0x16, 0x00, 0x0f],
  ['Puma', 2014, 0x16, 0x30, 0x3f],
  ['Zen', 2017, 0x17, 0x00, 0x07],
  ['Zen+', 2018, 0x17, 0x08, 0x0f],
  ['Zen', 2018, 0x17, 0x10, 0x17],
  ['Zen+', 2019, 0x17, 0x18, 0x1f],
  ['Zen', 2020, 0x17, 0x20, 0x2f],
  ['Zen 2', 2019, 0x17, 0x30, 0xaf],
  ['Zen (Hygon Dhyana)', 2018, 0x18, 0x00, 0xff],
  ['Zen 3', 2021, 0x19, 0x00, 0x0f],
  ['Zen 4', 2022, 0x19, 0x10, 0x1f],
  ['Zen 3', 2020, 0x19, 0x20, 0x3f],
  ['Zen 3+', 2022, 0x19, 0x40, 0x4f],
  ['Zen 3', 2021, 0x19, 0x50, 0x5f],
  ['Zen 4', 2022, 0x19, 0x60, 0xaf],
  ['Zen 5', 2024, 0x1a, 0x00, 0x7f],
]

const FIRST_WITH_EPT = 2008
const FIRST_WITH_SHADOW_VMCS = 2013
/** The small cores (Atom) got VMCS shadowing later than the large ones of their year. */
const WITHOUT_SHADOW_VMCS: readonly string[] = ['Silvermont', 'Airmont']
const FIRST_AMD_WITH_NPT = 0x10

export interface Signature {
  readonly vendor: 'intel' | 'amd' | 'other'
  readonly family: number
  readonly model: number
  readonly stepping: number
}

/** Undefined for processors that are not in the table, newer ones above all. */
export function generationOf(cpu: Signature): Generation | undefined {
  if (cpu.vendor === 'intel') return intelGeneration(cpu)
  if (cpu.vendor !== 'amd') return undefined
  const row = AMD.find(
    ([, , family, from, to]) => cpu.family === family && cpu.model >= from && cpu.model <= to,
  )
  if (!row) return undefined
  return { name: row[0], year: row[1], hasSlat: cpu.family >= FIRST_AMD_WITH_NPT, hasShadowVmcs: false }
}

function intelGeneration({ family, model, stepping }: Signature): Generation | undefined {
  const row = family === 6 ? INTEL.find(([, , models]) => models.includes(model)) : undefined
  if (!row) return undefined
  const [name, year] = model === 0x55 ? skylakeServer(stepping) : row
  const hasShadowVmcs = year >= FIRST_WITH_SHADOW_VMCS && !WITHOUT_SHADOW_VMCS.includes(name)
  return { name, year, hasSlat: year >= FIRST_WITH_EPT, hasShadowVmcs }
}

function skylakeServer(stepping: number): readonly [string, number] {
  const within = ({ from, to }: { from: number; to: number }) => stepping >= from && stepping <= to
  if (within(CASCADE_LAKE_STEPPINGS)) return ['Cascade Lake', 2019]
  if (within(COOPER_LAKE_STEPPINGS)) return ['Cooper Lake', 2020]
  return ['Skylake', 2015]
}
