/** Snapshots of running machines that are hypervisors themselves. */
import { compareVersions, cpuVendor } from '#facts'
import type { HostFacts } from '#lab'
import { page } from '../articles.ts'
import { pages } from '../pages.ts'
import type { Edit, Hit, Rule } from '../rule.ts'
import { type Placed, pathOfHost, type Scene, type SiteKnowledge } from '../scene.ts'
import { named, namedMachines } from '../words.ts'

const remedy = 'Take snapshots of stopped machines: write `snapshots: stopped`.'
const edits: readonly Edit[] = [{ at: ['snapshots'], value: 'stopped' }]

/** Machines of level 1 with machines inside, which would be saved while those run; none unless that is planned. */
function savedWithMachinesInside({ lab, machines }: Scene): readonly Placed[] {
  if (lab.snapshots !== 'running') return []
  return machines.filter(
    ({ host, machine }) => !host && (machine.hypervisor?.inside.machines.length ?? 0) > 0,
  )
}

/** Hosts on which KVM runs the machines of level 1. */
function kvmHosts({ hosts, accelerator }: SiteKnowledge): readonly HostFacts[] {
  if (accelerator === 'tcg' || accelerator === 'none') return []
  const isKvm = ({ product = '' }: HostFacts) => product === 'kvm' || product === 'proxmox'
  return accelerator === 'kvm' ? hosts : hosts.filter(isKvm)
}

export const amdRunning: Rule = {
  id: 'snapshot/amd-running',
  severity: 'error',
  title: 'On KVM with AMD, hypervisors are saved only while no machine runs inside.',
  why: 'The documentation of the kernel calls it undefined on AMD to save or migrate a machine whose inner machines run: a kernel bug, an oops, a panic. On Intel the state of the inner machines is saved with the rest.',
  covers: [],
  sources: [pages.kernel],
  *find(scene) {
    const saved = savedWithMachinesInside(scene)
    if (saved.length === 0) return
    const hosts = kvmHosts(scene.site).filter(({ cpu }) => cpuVendor(cpu ?? {}) === 'amd')
    if (hosts.length === 0) return
    const isCertain = hosts.length === scene.site.hosts.length
    yield {
      at: ['snapshots'],
      text: `Machines run inside ${namedMachines(saved)} when that is saved, ${isCertain ? 'and' : 'and on some hosts'} KVM runs on AMD (${named(hosts.map(({ name }) => name))}).`,
      remedy,
      edits,
      ...(!isCertain && { severity: 'warning' }),
    }
  },
}

/** The first kernel that migrates nested state on Intel; with QEMU 4.2. */
const firstKernel = '5.3'
const firstQemu = '4.2'
/** The first Proxmox VE with both. */
const firstProxmox = '6.2'

export const intelVersions: Rule = {
  id: 'snapshot/intel-versions',
  severity: 'error',
  title: 'KVM is new enough to save hypervisors while machines run inside.',
  why: 'Before Linux 5.3 and QEMU 4.2 the state of inner machines is not part of what is saved. After a revert the hypervisor goes on with inner machines that are lost or crash.',
  covers: [],
  sources: [pages.kernel],
  versions: 'Linux before 5.3, QEMU before 4.2, Proxmox VE before 6.2',
  *find(scene) {
    if (savedWithMachinesInside(scene).length === 0) return
    for (const host of kvmHosts(scene.site)) {
      const hit = cpuVendor(host.cpu ?? {}) !== 'amd' && tooOld(host)
      if (hit) yield hit
    }
  },
}

function tooOld({ name, product, version }: HostFacts): Hit | undefined {
  if (version === undefined || !/^\d/.test(version)) return undefined
  const at = [...pathOfHost(name), 'version']
  const isBefore = (first: string) => compareVersions(version, first) < 0
  if (product === 'proxmox') {
    if (!isBefore(firstProxmox)) return undefined
    const text = `\`${name}\` has Proxmox VE ${version}, which saves no running inner machines before ${firstProxmox}.`
    return { at, text, remedy, edits }
  }
  if (product !== 'kvm' || !isBefore(firstKernel)) return undefined
  // It may be the version of QEMU as well as that of the kernel; below both limits that does not matter.
  const isCertain = isBefore(firstQemu)
  const which = isCertain ? '' : ', if that is its kernel'
  return {
    at,
    text: `\`${name}\` has KVM ${version}, too old to save running inner machines${which}.`,
    remedy,
    edits,
    ...(!isCertain && { severity: 'warning' }),
  }
}

export const hypervHost: Rule = {
  id: 'snapshot/hyperv-host',
  severity: 'warning',
  title: 'On Hyper-V, hypervisors are saved only while no machine runs inside.',
  why: 'Checkpoints of a running machine, saving and live migration were listed as failing while a machine holds others when nesting came to Hyper-V. The page of today mentions saved states for test labs without a word about inner machines that run.',
  covers: [],
  sources: [
    page(
      'Thomas Maurer: nested virtualization in Windows Server 2016, limitations',
      'https://www.thomasmaurer.ch/2015/11/nested-virtualization-in-windows-server-2016-and-windows-10/',
      'S',
    ),
    pages.hypervScenarios,
  ],
  *find(scene) {
    const saved = savedWithMachinesInside(scene)
    const hosts = scene.site.hosts.filter(({ product }) => product === 'hyperv')
    if (saved.length === 0 || hosts.length === 0) return
    yield {
      at: ['snapshots'],
      text: `Machines run inside ${namedMachines(saved)} when that is saved, on Hyper-V (${named(hosts.map(({ name }) => name))}).`,
      remedy,
      edits,
    }
  },
}
