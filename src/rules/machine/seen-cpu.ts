/** Which processor a machine sees: that of its host, less what CPU models and EVC on the way take away. */
import { type ProcessorGeneration, processorGeneration } from '#facts'
import type { Placed, Scene } from '../scene.ts'
import { evcOf, generationOfBaseline, siteHosts } from './hosts.ts'
import { hardwareOf } from './hypervisors.ts'

/** What QEMU is told about the CPU of a machine. */
export interface CpuModel {
  /** As written, without flags. */
  readonly name: string
  /** `+vmx`, `-xsave`, `svm=on`. */
  readonly flags: readonly string[]
}

/** `Westmere,+vmx` is the model Westmere with a flag. */
export function cpuModelOf(placed: Placed): CpuModel | undefined {
  const text = hardwareOf(placed).cpuModel
  if (text === undefined) return undefined
  const [name = '', ...flags] = text.split(/[,\s]+/)
  return { name, flags: flags.map((flag) => flag.toLowerCase()) }
}

const sameAsHost: ReadonlySet<string> = new Set(['host', 'host-passthrough', 'host-model', 'max'])

export function passesHostOn({ name }: CpuModel): boolean {
  return sameAsHost.has(name.toLowerCase())
}

/** `on`: asked for. `off`: taken away. Undefined: left to the model. */
export function flagOf({ flags }: CpuModel, name: string): 'on' | 'off' | undefined {
  if (flags.some((flag) => flag === `+${name}` || flag === `${name}=on` || flag === name)) return 'on'
  return flags.some((flag) => flag === `-${name}` || flag === `${name}=off`) ? 'off' : undefined
}

/** Models that name no generation, and have none of the newer features. */
const plainModels = /^(qemu|kvm)(32|64)$|^x86-64-v[12]/i

export type XsaveSight =
  | { readonly has: 'yes' | 'unknown' }
  /** `everywhere`: on every host that may run it. */
  | { readonly has: 'no'; readonly everywhere: boolean; readonly because: string; readonly remedy: string }

/** Whether a machine sees XSAVE. */
export type XsaveLook = (placed: Placed) => XsaveSight

/** Ask it once in a rule: what the site offers is worked out beforehand. */
export function xsaveLook(scene: Scene): XsaveLook {
  const ofSite = siteSight(scene)
  const look: XsaveLook = (placed) => modelSight(placed) ?? outside(placed)
  const outside: XsaveLook = ({ host }) => {
    if (!host) return ofSite
    const hiding = evcOf(host.machine.path, scene).find(
      ({ evc }) => generationOfBaseline(evc)?.hasXsave === false,
    )
    if (!hiding) return look(host)
    return { has: 'no', everywhere: true, ...hiddenBy(hiding) }
  }
  return look
}

function modelSight(placed: Placed): XsaveSight | undefined {
  const model = cpuModelOf(placed)
  if (!model) return undefined
  const flag = flagOf(model, 'xsave')
  if (flag === 'on') return undefined
  const lacks = plainModels.test(model.name) || processorGeneration(model.name)?.hasXsave === false
  if (flag !== 'off' && (passesHostOn(model) || !lacks)) return undefined
  const remedy = 'Choose a newer CPU model, or `host`.'
  return { has: 'no', everywhere: true, because: `its CPU model \`${model.name}\` has none`, remedy }
}

function hiddenBy({ name, evc }: { readonly name: string; readonly evc: string }) {
  return {
    because: `the EVC baseline \`${evc}\` of cluster \`${name}\` hides it`,
    remedy: `Raise the baseline of \`${name}\` to sandy-bridge or bulldozer, or take the hosts out of it.`,
  }
}

function siteSight(scene: Scene): XsaveSight {
  const hosts = siteHosts(scene)
  const reasons = hosts.flatMap(({ facts, generation }) => {
    if (generation?.hasXsave === false) {
      const because = `the processor of \`${facts.name}\`, ${generation.title}, has none`
      return { because, remedy: 'Use a processor from 2011 or newer (Sandy Bridge, Bulldozer).' }
    }
    const hiding = evcOf(facts.name, scene).find(({ evc }) => generationOfBaseline(evc)?.hasXsave === false)
    return hiding ? hiddenBy(hiding) : []
  })
  const [first] = reasons
  if (first) return { has: 'no', everywhere: reasons.length === hosts.length, ...first }
  return { has: hosts.length > 0 && hosts.every(({ generation }) => generation) ? 'yes' : 'unknown' }
}

/** The generations that a machine may find itself on, where a model or the hosts tell, with whose they are. */
export type GenerationLook = (placed: Placed) => readonly SeenGeneration[]

export interface SeenGeneration {
  readonly generation: ProcessorGeneration | undefined
  /** How many hosts have it. */
  readonly hosts: number
  /** Of the first of them: "the CPU model `Westmere`", "the processor of `esxi-a`, Intel Westmere". */
  readonly of: string
}

export function generationLook(scene: Scene): GenerationLook {
  const ofSite = [...Map.groupBy(siteHosts(scene), ({ generation }) => generation)].map(
    ([generation, alike]): SeenGeneration => ({
      generation,
      hosts: alike.length,
      of: `the processor of \`${alike[0]?.facts.name}\`, ${generation?.title}`,
    }),
  )
  const look: GenerationLook = (placed) => {
    const model = cpuModelOf(placed)
    if (model && !passesHostOn(model)) {
      const generation = processorGeneration(model.name)
      return [{ generation, hosts: 1, of: `the CPU model \`${model.name}\`` }]
    }
    return placed.host ? look(placed.host) : ofSite
  }
  return look
}
