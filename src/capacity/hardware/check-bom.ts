/** Everything that is wrong with a bill of materials before anything is bought. */
import type { HardwareCatalogue } from '#facts'
import { nearest } from '#lab'
import { type Assembly, assemble, placeOfPart } from './assembly.ts'
import type { Bom, BomPart } from './bom.ts'
import { cpuFindings } from './check-cpu.ts'
import { enclosureFindings } from './check-enclosure.ts'
import { memoryFindings } from './check-memory.ts'
import { connectionFindings, networkFindings } from './check-network.ts'
import { type BomFinding, finding } from './finding.ts'

/** In the order in which one would read them: the machine, its CPU, memory, networks, case; then what is not known. */
export function checkBom(bom: Bom, catalogue: HardwareCatalogue): readonly BomFinding[] {
  const assembly = assemble(bom, catalogue)
  return [
    ...machineFindings(bom),
    ...cpuFindings(assembly),
    ...memoryFindings(assembly),
    ...networkFindings(assembly),
    ...connectionFindings(assembly),
    ...enclosureFindings(assembly),
    ...assembly.unknown.map((part) => unknownFinding(part, assembly)),
  ]
}

function machineFindings(bom: Bom): readonly BomFinding[] {
  if (bom.parts.some(({ kind }) => kind === 'board' || kind === 'system')) return []
  return [
    finding('no-machine', {
      at: 'parts',
      text: 'The bill has neither a board nor a whole machine.',
      fix: 'Add `board:` with a mainboard, or `system:` with a whole machine.',
    }),
  ]
}

function unknownFinding(part: BomPart, { machine, catalogue }: Assembly): BomFinding {
  const names = catalogue.rows.flatMap((row) =>
    row.kind === part.kind ? [row.model, ...(row.aliases ?? [])] : [],
  )
  const near = nearest(part.model, names)
  const list = part.kind === 'memory' ? machine?.row.memory.qualified : undefined
  const listText =
    list && machine ? ` The qualified list of ${machine.row.model} does not name it either.` : ''
  const listFix = list
    ? `Compare it with the list: ${list.join(', ')}.`
    : 'Read its data sheet for what this check cannot say.'
  return finding('unknown-part', {
    at: placeOfPart(part),
    text: `"${part.model}" is not in the catalogue, so nothing is known about it.${listText}`,
    fix: near === undefined ? listFix : `Did you mean \`${near}\`? ${listFix}`,
    source: `the catalogue of ${catalogue.asOf}`,
  })
}
