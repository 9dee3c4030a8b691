/** Checks of what is around the board: case, power supply, fans and the connectors that want one. */
import type { BoardPart } from '#facts'
import { type Assembly, type Known, placeOfPart, sum } from './assembly.ts'
import { type BomFinding, finding } from './finding.ts'

/** A system comes with its case, power supply and fans, so only boards are looked at. */
export function enclosureFindings(assembly: Assembly): readonly BomFinding[] {
  const { machine } = assembly
  if (machine?.row.kind !== 'board') return []
  const board = { part: machine.part, row: machine.row }
  const connectors = connectorFindings(assembly, board)
  const airflow = connectors.length > 0 ? [] : airflowFindings(assembly, board)
  return [...connectors, ...airflow, ...caseFindings(assembly, board.row), ...powerFindings(assembly, board)]
}

function connectorFindings({ bom }: Assembly, { part, row }: Known<BoardPart>): readonly BomFinding[] {
  const fans = bom.parts.filter(({ kind }) => kind === 'fan')
  const empty = row.requiredFans.filter((name) => !fans.some(({ on }) => on?.toUpperCase() === name))
  return empty.map((name) => {
    const [first] = fans
    return finding('fan-connector', {
      at: first ? placeOfPart(first) : placeOfPart(part),
      text: `No fan is plugged into ${name}: ${row.model} does not power up without one.`,
      fix: first
        ? `Plug this fan into it: \`on: ${name}\`.`
        : `Add a fan with \`on: ${name}\`, such as Noctua NF-R8 PWM.`,
      source: row.source,
    })
  })
}

function airflowFindings(assembly: Assembly, { part, row }: Known<BoardPart>): readonly BomFinding[] {
  const { bom, cases, unknown } = assembly
  const hasFan = bom.parts.some(({ kind }) => kind === 'fan') || sum(cases.map((one) => one.row.fans)) > 0
  // An unknown case may bring fans.
  if (row.cooling !== 'passive' || hasFan || unknown.some(({ kind }) => kind === 'case')) return []
  return [
    finding('case-airflow', {
      at: placeOfPart(part),
      text: `The CPU of ${row.model} has a heat sink without a fan, and nothing moves the air in the case.`,
      fix: 'Add a quiet fan above the heat sink, such as Noctua NF-R8 PWM, that draws the air out of the case.',
    }),
  ]
}

function caseFindings({ cases }: Assembly, board: BoardPart): readonly BomFinding[] {
  return cases
    .filter(({ row }) => !row.takes.includes(board.formFactor))
    .map(({ part, row }) =>
      finding('case-form-factor', {
        at: placeOfPart(part),
        text: `${row.model} takes ${row.takes.map(titleOf).join(' and ')} boards, and ${board.model} is ${titleOf(board.formFactor)}.`,
        fix: `Choose a case for ${titleOf(board.formFactor)}.`,
        source: row.source,
      }),
    )
}

const titles = { 'mini-itx': 'mini-ITX', 'micro-atx': 'micro-ATX', atx: 'ATX' } as const

function titleOf(formFactor: BoardPart['formFactor']): string {
  return titles[formFactor]
}

function powerFindings(assembly: Assembly, { part }: Known<BoardPart>): readonly BomFinding[] {
  const { bom, cases, unknown } = assembly
  const isPowered = bom.parts.some(({ kind }) => kind === 'psu') || cases.some(({ row }) => row.powerSupply)
  // An unknown case may come with one.
  if (isPowered || unknown.some(({ kind }) => kind === 'case')) return []
  const [first] = cases
  return [
    finding('no-power-supply', {
      at: placeOfPart(first?.part ?? part),
      text: first
        ? `${first.row.model} comes without a power supply, and the bill has none.`
        : 'The bill has neither a case with a power supply nor a power supply.',
      fix: 'Add `psu:` with a power supply, or choose a case that has one, such as LC-Power LC-1410mi.',
      ...(first && { source: first.row.source }),
    }),
  ]
}
