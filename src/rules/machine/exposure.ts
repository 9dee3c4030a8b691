/** Rules about handing VT-x or AMD-V to a machine that is a hypervisor. */
import { compareVersions } from '#facts'
import { articles, known } from '../articles.ts'
import { pages } from '../pages.ts'
import type { Hit, Rule, Severity } from '../rule.ts'
import type { Placed, Software } from '../scene.ts'
import { named, softwareWords } from '../words.ts'
import { allAre, hostsThat, isEsxi, isVmware, mayAllBe, severityFor } from './hosts.ts'
import {
  emulatesWithout,
  hardwareOf,
  hardwarePath,
  hypervisorsOf,
  nestingOf,
  type PlacedHypervisor,
  settingOf,
} from './hypervisors.ts'

export const exposure: Rule = {
  id: 'cpu/exposure',
  severity: 'error',
  title: 'A hypervisor that holds machines is handed VT-x or AMD-V.',
  why: 'Hypervisors hide hardware virtualization unless they are told to expose it, and without it an inner ESXi or Hyper-V starts no machine and an inner KVM emulates them slowly. Where the box for it is greyed out, the machine has a device passed through, a hardware version below 9 or is running, VT-x or AMD-V is off in the firmware, Hyper-V or VBS is on in the Windows below, or the processor is too old.',
  covers: ['R005', 'R010', 'R011', 'R013', 'R014'],
  sources: [articles.S0, articles.S1, articles.S4, pages.vmwareNested],
  *find(scene) {
    for (const placed of nestingOf(scene)) {
      const hidden = hiding(placed)
      if (!hidden) continue
      const { path, hypervisor } = placed.machine
      const { severity, effect } = consequence(placed)
      yield {
        at: hidden.at,
        severity,
        text: `${softwareWords(hypervisor)} in \`${path}\` is not handed hardware virtualization, so ${effect}.`,
        remedy: hidden.remedy,
        ...(hidden.edit && { edits: [{ at: hidden.at, value: hidden.edit }] }),
      }
    }
  },
}

function hiding(placed: PlacedHypervisor) {
  const { exposeVirtualization, passthrough = [] } = hardwareOf(placed)
  if (exposeVirtualization === false) {
    const at = hardwarePath(placed, 'exposeVirtualization')
    // With a device passed through it would be the next thing that fails.
    const edit = passthrough.length === 0
    return { at, remedy: 'Set `exposeVirtualization` to true, or remove it.', edit }
  }
  // Other products do not read it, which the rule about the key says.
  const setting = mayAllBe(placed.runsOn, isVmware) ? settingOf(placed, 'vhv.enable') : undefined
  if (exposeVirtualization === true || setting === undefined || !isFalse(setting.value)) return undefined
  const at = hardwarePath(placed, 'settings', setting.key)
  return { at, remedy: `Remove the setting \`${setting.key}\`.`, edit: false }
}

function isFalse(value: string): boolean {
  return /^(false|0|no|off)$/i.test(value.trim())
}

/** ESXi before 6.7 runs 32-bit machines by translating their code. */
function consequence(placed: PlacedHypervisor): { readonly severity: Severity; readonly effect: string } {
  const { product, version, inside } = placed.machine.hypervisor
  const names = named(inside.machines.map(({ name }) => name))
  if (emulatesWithout(placed)) return { severity: 'warning', effect: `it emulates ${names}, slowly` }
  const translates = product === 'esxi' && version !== undefined && compareVersions(version, '6.7') < 0
  const wide = inside.machines.filter(({ traits }) => traits?.hardware?.bits !== 32)
  if (!translates) return { severity: 'error', effect: `it cannot start ${names}` }
  if (wide.length === 0) return { severity: 'warning', effect: `it translates the code of ${names}, slowly` }
  return { severity: 'error', effect: `it cannot start the 64-bit ${named(wide.map(({ name }) => name))}` }
}

export const passthroughExcludesExposure: Rule = {
  id: 'cpu/passthrough-excludes-exposure',
  severity: 'error',
  title: 'On ESXi a machine has either hardware virtualization or devices passed through.',
  why: 'ESXi cannot keep a device of the host apart from inner machines, so it refuses to expose hardware virtualization to a machine with PCI passthrough or a vGPU. The box is greyed out then, which is easily mistaken for an unsuitable processor.',
  covers: ['R011', 'R010'],
  sources: [pages.passthrough, articles.S0],
  *find(scene) {
    for (const placed of hypervisorsOf(scene)) {
      const { passthrough = [], exposeVirtualization } = hardwareOf(placed)
      const onEsxi = hostsThat(isEsxi, placed.runsOn)
      if (passthrough.length === 0 || exposeVirtualization === false || onEsxi.length === 0) continue
      yield {
        at: hardwarePath(placed, 'passthrough'),
        severity: severityFor(onEsxi.length, placed.runsOn.length),
        text: `\`${placed.machine.path}\` is a hypervisor and has ${named(passthrough)} of its host, which ESXi does not allow together.`,
        remedy: 'Give the devices to a machine that is no hypervisor, or do without them.',
      }
    }
  },
}

const modeSettings = ['monitor.virtual_exec', 'monitor.virtual_mmu'] as const

export const executionMode: Rule = {
  id: 'cpu/execution-mode',
  severity: 'error',
  title: 'Hypervisors on VMware execute in the mode `hardware`, for CPU and MMU.',
  why: 'A machine whose code is translated or whose page tables are shadowed in software has no VT-x or EPT to hand on. The mode `automatic` leaves the choice to the host, which has chosen otherwise for old guest types.',
  covers: ['R012'],
  sources: [articles.S1, pages.vmwareNested],
  *find(scene) {
    for (const placed of nestingOf(scene)) {
      if (!mayAllBe(placed.runsOn, isVmware)) continue
      const { execution } = hardwareOf(placed)
      if (execution === 'software' || execution === 'automatic') yield wrongMode(placed, execution)
      yield* modeSettings.flatMap((name) => wrongSetting(placed, name) ?? [])
    }
  },
}

function wrongMode(placed: PlacedHypervisor, mode: 'software' | 'automatic'): Hit {
  const at = hardwarePath(placed, 'execution')
  const { path } = placed.machine
  return {
    at,
    severity: mode === 'software' ? 'error' : 'advice',
    text:
      mode === 'software'
        ? `\`${path}\` executes in software, so that it has no hardware virtualization to hand on.`
        : `\`${path}\` leaves the execution mode to its host, although it is a hypervisor.`,
    remedy: 'Set `execution` to `hardware`.',
    edits: [{ at, value: 'hardware' }],
  }
}

function wrongSetting(placed: PlacedHypervisor, name: string): Hit | undefined {
  const setting = settingOf(placed, name)
  const mode = setting?.value.trim().toLowerCase()
  if (!setting || mode !== 'software') return undefined
  const at = hardwarePath(placed, 'settings', setting.key)
  return {
    at,
    text: `\`${placed.machine.path}\` has \`${setting.key}: "${setting.value}"\`, so that it has no hardware virtualization to hand on.`,
    remedy: `Set \`${setting.key}\` to "hardware".`,
    edits: [{ at, value: 'hardware' }],
  }
}

export const exposureKey: Rule = {
  id: 'cpu/exposure-key',
  severity: 'warning',
  title:
    'The setting that exposes hardware virtualization is the one of the host, spelt right, and written once.',
  why: 'ESXi 5.0 reads `vhv.allow`, VMware products since then read `vhv.enable`, and all ignore other spellings without a word. From 5.1 on the machine has a setting for it and the guest type ESXi brings what else is needed, so that no key has to be written by hand.',
  covers: ['R015', 'R017'],
  sources: [articles.S1, articles.S2, pages.vmwareNested, known],
  *find({ machines }) {
    for (const placed of machines) {
      for (const [key, value] of Object.entries(hardwareOf(placed).settings ?? {})) {
        const said = aboutKey(placed, key, value)
        if (said) yield { at: hardwarePath(placed, 'settings', key), ...said }
      }
    }
  },
}

/** `hvh.enable` stands in an article of 2014; the others are its like. */
const misspelt = /^(hvh|vvh|hvv|vhh|hv|vh|vht|vhc)\.(enabled?|allow(ed)?)$|^vhv\.(?!(enable|allow)$)/

function aboutKey(placed: Placed, key: string, value: string) {
  const name = key.toLowerCase()
  const { path } = placed.machine
  const { runsOn } = placed
  const right = allAre(runsOn, isEsxi50) ? 'vhv.allow' : 'vhv.enable'
  const remedy = `Write \`${right}\`, or leave it out: \`exposeVirtualization\` says the same.`
  const has = `\`${path}\` has the setting \`${key}\``
  if (misspelt.test(name)) return { text: `${has}, which no product knows.`, remedy }
  if (name !== 'vhv.enable' && name !== 'vhv.allow') return undefined
  const [other] = hostsThat(isVmware, runsOn).length === 0 ? runsOn : []
  if (other) {
    const text = `${has}, which ${softwareWords(other)} does not read.`
    return { text, remedy: 'Remove it: `exposeVirtualization` says the same for every product.' }
  }
  const { exposeVirtualization } = hardwareOf(placed)
  if (exposeVirtualization !== undefined && exposeVirtualization === isFalse(value)) {
    const text = `\`${path}\` has \`exposeVirtualization: ${exposeVirtualization}\` and the setting \`${key}: "${value}"\`, which contradict each other.`
    return { text, remedy: `Remove the setting \`${key}\`.` }
  }
  const [deaf] = name === right ? [] : hostsThat(right === 'vhv.allow' ? isEsxi50 : isAfterEsxi50, runsOn)
  if (deaf) return { text: `${has}, which ${softwareWords(deaf)} does not read.`, remedy }
  // Before 6.0 the .vmx file is where it is set without a vCenter.
  if (isFalse(value) || runsOn.length === 0 || hostsThat(isOlderEsxi, runsOn).length > 0) return undefined
  const text = `${has}, although the machine itself says whether virtualization is exposed.`
  return {
    severity: 'advice' as const,
    text,
    remedy: 'Remove it, and set `exposeVirtualization` where it is not the default.',
  }
}

function isOlderEsxi({ product, version }: Software): boolean {
  return product === 'esxi' && (version === undefined || compareVersions(version, '6.0') < 0)
}

function isEsxi50({ product, version }: Software): boolean {
  return product === 'esxi' && version !== undefined && compareVersions(version, '5.1') < 0
}

/** Surely: an ESXi without version may be any. */
function isAfterEsxi50(software: Software): boolean {
  return isVmware(software) && software.version !== undefined && !isEsxi50(software)
}
