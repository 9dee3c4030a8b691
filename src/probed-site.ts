/** What a look at this machine, or at a vCenter or ESXi host, says about level 0, in the words that the rules understand. */
import type { SiteSurvey } from '#cli'
import { processorGeneration } from '#facts'
import type { Finding, MachineReport } from '#host'
import type { HostFacts } from '#lab'
import type { SiteKnowledge } from '#rules'

/** Nothing is said about what the report could not find out. */
export function siteOfReport(report: MachineReport): SiteKnowledge {
  const { accelerator, memoryMiB, availableMiB } = report
  return {
    origin: 'probed',
    hosts: [hostOf(report)],
    accelerator: accelerator.accelerator,
    ...(memoryMiB > 0 && { memoryAvailableMiB: availableMiB }),
  }
}

function hostOf({ findings, cpus, memoryMiB, accelerator }: MachineReport): HostFacts {
  const byId = new Map(findings.map((finding) => [finding.id, finding]))
  const nested = truthOf(byId.get('kvm.nested'))
  return {
    name: 'this-machine',
    product: 'kvm',
    cpu: { ...cpuOf(byId, accelerator.accelerator === 'kvm'), ...(cpus > 0 && { threads: cpus }) },
    ...(memoryMiB > 0 && { memoryMiB }),
    ...(nested !== undefined && { nested }),
    disksMiB: [],
    nics: [],
  }
}

/**
 * Where machines are emulated, they see a processor of QEMU that has AMD-V, whatever the real one lacks: only the rule
 * about the accelerator has something to say of it.
 */
function cpuOf(byId: ReadonlyMap<string, Finding>, isReal: boolean): NonNullable<HostFacts['cpu']> {
  const model = byId.get('cpu.vendor')?.value.replace(/, \d+ logical$/, '')
  // `Zen 3 (2021)`; some words of the doctor stand for two generations, and then none is known.
  const generation = byId.get('cpu.generation')?.value.replace(/ \(\d{4}\)$/, '')
  const known = generation === undefined ? undefined : processorGeneration(generation)
  const has64 = truthOf(byId.get('cpu.64bit'))
  const virtualization = isReal ? truthOf(byId.get('cpu.virtualization')) : undefined
  return {
    ...(model !== undefined && model !== 'unknown' && { model }),
    ...(known && { generation: known.key }),
    ...(has64 !== undefined && { bits: has64 ? 64 : 32 }),
    ...(virtualization !== undefined && { virtualization }),
  }
}

function truthOf(finding: Finding | undefined): boolean | undefined {
  if (finding?.verdict === 'yes') return true
  return finding?.verdict === 'no' ? false : undefined
}

/** Nothing is said about what the server did not tell. */
export function siteOfServer({ hosts }: SiteSurvey): SiteKnowledge {
  return { origin: 'probed', hosts: hosts.map(hostOfServer) }
}

function hostOfServer(host: SiteSurvey['hosts'][number]): HostFacts {
  const { name, version, cpuModel, generation, cores, threads, memoryMiB, nestedSupported, nics } = host
  return {
    name,
    product: 'esxi',
    ...(version !== undefined && { version }),
    cpu: {
      ...(cpuModel !== undefined && { model: cpuModel }),
      ...(generation !== undefined && { generation }),
      ...(cores !== undefined && { cores }),
      ...(threads !== undefined && { threads }),
    },
    ...(memoryMiB !== undefined && { memoryMiB }),
    ...(nestedSupported !== undefined && { nested: nestedSupported }),
    disksMiB: [],
    nics: nics.map(({ mbits }) => ({ ...(mbits !== undefined && { mbits }) })),
  }
}
