/** Checks of a bill's networks, disks and remote control against what is needed. */
import { inBoxDriver, type NicChip } from '#facts'
import { type Assembly, chipNamed, placeOfMachine, placeOfPart, sum } from './assembly.ts'
import { type BomFinding, finding } from './finding.ts'
import { counted, listed } from './words.ts'

export function networkFindings(assembly: Assembly): readonly BomFinding[] {
  return [...driverFindings(assembly), ...portFindings(assembly)]
}

export function connectionFindings(assembly: Assembly): readonly BomFinding[] {
  const { machine, bom } = assembly
  if (!machine) return []
  const { model, sataPorts, outOfBand, source } = machine.row
  const at = placeOfPart(machine.part)
  const findings: BomFinding[] = []
  if (sataPorts < bom.needs.sataPorts) {
    const text = `${model} has ${counted(sataPorts, 'SATA connector', 'SATA connectors')}, but ${bom.needs.sataPorts} are needed.`
    const fix = 'Choose a board with more, or say with `needs: { sata: … }` what is enough.'
    findings.push(finding('sata-ports', { at, text, fix, source }))
  }
  if (bom.needs.outOfBand && outOfBand === 'none') {
    const text = `${model} has nothing to reach it by while it is off or hangs: no IPMI, nor anything like it.`
    const fix = 'Choose a board with IPMI, or say `needs: { outOfBand: false }` if it stands where you are.'
    findings.push(finding('no-out-of-band', { at, text, fix, source }))
  }
  return findings
}

interface Ports {
  readonly chip: string
  readonly row: NicChip | undefined
  readonly count: number
  readonly at: string
}

function portsOf(assembly: Assembly): readonly Ports[] {
  const { machine, nics } = assembly
  const onboard = (machine?.row.nics ?? []).map(({ chip, ports }) => ({
    chip,
    row: chipNamed(assembly, chip),
    count: ports,
    at: placeOfMachine(assembly),
  }))
  const cards = nics.map(({ part, row }) => ({
    chip: row.chip,
    row: chipNamed(assembly, row.chip),
    count: row.ports * part.count,
    at: placeOfPart(part),
  }))
  return [...onboard, ...cards]
}

function driverFindings(assembly: Assembly): readonly BomFinding[] {
  const { bom, unknown, machine } = assembly
  const { product, version } = bom
  if (product !== 'esxi' || version === undefined) return []
  const ports = portsOf(assembly)
  const stateOf = ({ row }: Ports) => (row ? inBoxDriver(row, version) : 'unknown')
  const missing = ports.filter((one) => stateOf(one) === 'missing')
  const isBlind =
    missing.length === ports.length && machine !== undefined && !unknown.some(({ kind }) => kind === 'nic')
  return missing.map(({ chip, row, count, at }) =>
    finding(isBlind ? 'nic-driver' : 'nic-driver-partly', {
      at,
      text: `ESXi ${version} has no driver for ${chip}, so it does not see ${counted(count, 'port', 'ports')}${isBlind ? ' and has no network at all' : ''}.`,
      fix: fixFor(row),
      ...(row && { source: row.source }),
    }),
  )
}

function fixFor(row: NicChip | undefined): string {
  const from = row?.esxi.inBoxUntil === undefined ? row?.esxi.inBoxFrom : undefined
  const instead = 'choose a board or card with an Intel I210 or I350'
  return from === undefined
    ? `${instead.charAt(0).toUpperCase()}${instead.slice(1)}.`
    : `Install ESXi ${from} or later, or ${instead}.`
}

function portFindings(assembly: Assembly): readonly BomFinding[] {
  const { machine, unknown, bom } = assembly
  if (!machine || unknown.some(({ kind }) => kind === 'nic')) return []
  const ports = portsOf(assembly)
  const has = sum(ports.map(({ count }) => count))
  if (has >= bom.needs.nicPorts) return []
  const chips = listed([...new Set(ports.map(({ chip }) => chip))])
  return [
    finding('nic-ports', {
      at: placeOfMachine(assembly),
      text: `The machine has ${counted(has, 'port', 'ports')} for networks (${chips}), but ${bom.needs.nicPorts} are needed.`,
      fix:
        machine.row.kind === 'system' && machine.row.formFactor === 'mini-pc'
          ? 'Choose another machine: this one has no slot for a card.'
          : 'Add a card with `nic:`, such as Intel I350-T4.',
      source: machine.row.source,
    }),
  ]
}
