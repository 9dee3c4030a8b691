/** Checks of a bill's CPU: is there one, does it fit, can hypervisors nest on it, does the hypervisor start on it? */
import { lastUpdate, processorGeneration, productFacts } from '#facts'
import { type Assembly, placeOfPart } from './assembly.ts'
import { type BomFinding, finding } from './finding.ts'

export function cpuFindings(assembly: Assembly): readonly BomFinding[] {
  return [...socketFindings(assembly), ...abilityFindings(assembly), ...productFindings(assembly)]
}

function socketFindings({ machine, cpuParts, bom }: Assembly): readonly BomFinding[] {
  if (!machine) return []
  const { model, source } = machine.row
  const socket = machine.row.kind === 'board' ? machine.row.socket : undefined
  if (socket === undefined) {
    return cpuParts.map(({ part, row }) =>
      finding('cpu-socket', {
        at: placeOfPart(part),
        text: `${model} comes with ${machine.row.cpu}, so there is no socket for ${row.model}.`,
        fix: 'Take the CPU out of the bill.',
        source,
      }),
    )
  }
  const wrong = cpuParts.filter(({ row }) => row.socket !== socket)
  if (wrong.length > 0) {
    return wrong.map(({ part, row }) =>
      finding('cpu-socket', {
        at: placeOfPart(part),
        text: `${model} has the socket ${socket}, and ${row.model} is ${row.socket === undefined ? 'only sold soldered' : `for ${row.socket}`}.`,
        fix: `Choose a CPU for ${socket}.`,
        source,
      }),
    )
  }
  if (bom.parts.some(({ kind }) => kind === 'cpu')) return []
  const at = placeOfPart(machine.part)
  const text = `${model} has an empty socket (${socket}), and the bill has no CPU.`
  return [finding('cpu-missing', { at, text, fix: `Add \`cpu:\` with one for ${socket}.`, source })]
}

function abilityFindings(assembly: Assembly): readonly BomFinding[] {
  const { cpu, bom } = assembly
  if (!cpu) return []
  const at = placeOfPart(cpu.part)
  const { row } = cpu
  const lacks = row.vt ? 'EPT or NPT' : 'VT-x or AMD-V'
  if (bom.needs.nested && !(row.vt && row.ept)) {
    const text = `${row.model} has no ${lacks}, so no hypervisor can run inside a machine on it.`
    const fix = 'Choose a CPU with VT-x and EPT (Intel since Nehalem, 2008), or AMD-V and NPT.'
    return [finding('cpu-nesting', { at, text, fix, source: row.source })]
  }
  if (!row.quickAssist || row.turboMHz !== undefined) return []
  return [
    finding('cpu-no-turbo', {
      at,
      text: `${row.model} has QuickAssist, but no Turbo.`,
      fix: 'Choose its sibling with Turbo if the board is also made with that one.',
      source: row.source,
    }),
  ]
}

const hybridSource =
  'deinServerfachmann, "ESXi und neuere Intel-CPUs" (https://deinserverfachmann.de/allgemein/vmware/esxi/esxi-und-neuere-intel-cpus/?amp=1), a secondary source'

function productFindings(assembly: Assembly): readonly BomFinding[] {
  const { cpu, bom } = assembly
  if (!cpu || bom.product !== 'esxi') return []
  const { row } = cpu
  const at = placeOfPart(cpu.part)
  const facts = bom.version === undefined ? undefined : productFacts('esxi', lastUpdate(bom.version))
  const fix = 'Choose a newer CPU, or an older version of ESXi.'
  const generation = row.generation === undefined ? undefined : processorGeneration(row.generation)
  if (facts?.needsXsave && generation?.hasXsave === false) {
    const text = `${row.model} has no XSAVE, so ESXi ${bom.version} does not start on it.`
    return [finding('cpu-too-old', { at, text, fix, source: facts.xsaveSource ?? facts.source })]
  }
  if (generation && facts?.refusedGenerations?.includes(generation.key)) {
    const source = facts.refusedSource ?? facts.source
    const option = facts.legacyCpuOption
    const text = `The installer of ESXi ${bom.version} refuses ${row.model}${option === undefined ? '' : ` unless it is started with ${option}`}.`
    return [finding(option === undefined ? 'cpu-too-old' : 'cpu-unsupported', { at, text, fix, source })]
  }
  // What was made after the last update of a release is in none of its lists.
  const lastYear = facts?.lastUpdateYear
  if (generation && lastYear !== undefined && generation.year > lastYear) {
    const text = `${row.model} is of ${generation.year} or later, and the last update of ESXi ${bom.version?.replace(/u.*/, '')} of ${lastYear}.`
    return [
      finding('cpu-too-new', { at, text, fix: 'Take a newer version of ESXi.', source: generation.source }),
    ]
  }
  if (!row.hybrid) return []
  return [
    finding('cpu-hybrid', {
      at,
      text: `${row.model} has two kinds of cores.`,
      fix: 'Choose a CPU with one kind of core, or switch the efficiency cores off in the firmware.',
      source: hybridSource,
    }),
  ]
}
