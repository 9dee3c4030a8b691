/** The way in: the text of a bill of materials becomes a bill, or a list of all that is wrong with the text. */

import {
  accepted,
  type Finding,
  find,
  isMap,
  keysAt,
  type Located,
  nearest,
  type Path,
  type Problem,
  plainOf,
  problemsOf,
  readMemory,
  valueAt,
} from '#lab'
import { type Bom, type BomNeeds, type BomPart, defaultNeeds, type PartKind, partKinds } from './bom.ts'
import { type BomInput, bomLimits, bomSchema } from './bom-schema.ts'
import { readBomText } from './bom-text.ts'
import { shapeFindings } from './bom-words.ts'

/** The largest file, so that whoever reads one need not read more. */
export const bomFileBytes = bomLimits.fileBytes

export interface LoadedBom {
  /** Present exactly when there are no problems. */
  readonly bom?: Bom
  /** All problems, in the order of the file. */
  readonly problems: readonly Problem[]
  /** The text that the problems point into. */
  readonly source: string
  /** Where the file has what a finding is about, by its `at`: `parts[1].memory`. The first line, when it has it nowhere. */
  readonly placeOf: (at: string) => { readonly line: number; readonly column: number }
}

/** Reads YAML or JSON. Never throws: whatever is wrong with the text is a problem in the answer. `file` names it in messages. */
export function loadBom(source: string | Uint8Array, { file }: { readonly file: string }): LoadedBom {
  const { root, findings: early, lines, text } = readBomText(source)
  const place = (findings: readonly Finding[]) => problemsOf(findings, { file, root, lines })
  const placeOf = (at: string) => {
    const [problem] = place([{ path: pathOf(at), text: '', remedy: '' }])
    return { line: problem?.line ?? 1, column: problem?.column ?? 1 }
  }
  if (!root) return { problems: place(early), source: text, placeOf }
  const plain = plainOf(root)
  const { input, findings } = shapeFindings(plain, root)
  const all = [...early, ...findings, ...partFindings(plain, root)]
  if (!input || all.length > 0) return { problems: place(all), source: text, placeOf }
  return { bom: bomOf(input), problems: [], source: text, placeOf }
}

/** `parts[1].memory` as the steps that lead there. */
function pathOf(at: string): Path {
  return [...at.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([step, index]) =>
    index === undefined ? step : Number(index),
  )
}

function bomOf({ name, for: purpose, needs = {}, parts }: BomInput): Bom {
  return {
    name,
    ...(purpose && { product: purpose.product }),
    ...(purpose?.version !== undefined && { version: purpose.version.toLowerCase() }),
    needs: needsOf(needs),
    parts: parts.map(partOf),
  }
}

function needsOf(needs: NonNullable<BomInput['needs']>): BomNeeds {
  const memoryMiB = sizeOf(needs.memory) ?? defaultNeeds.memoryMiB
  return {
    memoryMiB,
    // Whoever needs more than the default must be able to have at least that.
    upgradeToMiB: sizeOf(needs.upgradeTo) ?? Math.max(memoryMiB, defaultNeeds.upgradeToMiB),
    sataPorts: needs.sata ?? defaultNeeds.sataPorts,
    nicPorts: needs.nics ?? defaultNeeds.nicPorts,
    outOfBand: needs.outOfBand ?? defaultNeeds.outOfBand,
    nested: needs.nested ?? defaultNeeds.nested,
  }
}

function sizeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : accepted(readMemory(text))
}

function partOf(part: BomInput['parts'][number], index: number): BomPart {
  const kind = partKinds.find((one) => part[one] !== undefined) ?? 'board'
  return {
    kind,
    model: part[kind] ?? '',
    count: part.count ?? 1,
    ...(part.on !== undefined && { on: part.on }),
    index,
  }
}

/** What a schema of keys cannot say: each part is one thing, and a bill is for one machine. */
function partFindings(plain: unknown, root: Located): readonly Finding[] {
  const parts = valueAt(plain, ['parts'])
  if (!Array.isArray(parts)) return []
  return [...parts.flatMap((part, index) => thingFindings(part, index, root)), ...machineFindings(parts)]
}

function kindsOf(part: unknown): readonly PartKind[] {
  return isMap(part) ? partKinds.filter((kind) => Object.hasOwn(part, kind)) : []
}

function thingFindings(part: unknown, index: number, root: Located): readonly Finding[] {
  if (!isMap(part)) return []
  const path = ['parts', index]
  const [first, second] = kindsOf(part)
  const findings: Finding[] = []
  if (first === undefined && !isMisspelt(path, root)) {
    findings.push({
      path,
      text: 'This part does not say what it is.',
      remedy: `Name its model under one of ${partKinds.map((kind) => `\`${kind}\``).join(', ')}.`,
    })
  }
  if (second !== undefined) {
    findings.push({
      path: [...path, second],
      onKey: true,
      text: `This part is a \`${first}\` and a \`${second}\` at once.`,
      remedy: `Begin a part of its own with \`- ${second}:\`.`,
    })
  }
  if (Object.hasOwn(part, 'on') && first !== undefined && first !== 'fan') {
    findings.push({
      path: [...path, 'on'],
      onKey: true,
      text: `\`on\` says which connector a fan is plugged into, and this is a \`${first}\`.`,
      remedy: 'Remove it here.',
    })
  }
  return findings
}

/** Then the key is reported as unknown already. */
function isMisspelt(path: Path, root: Located): boolean {
  const node = find(root, path).chain.at(-1)
  const known = keysAt(bomSchema, path)
  const names = node?.kind === 'map' ? [...node.entries.keys()] : []
  return names.some((name) => !known.includes(name) && nearest(name, partKinds) !== undefined)
}

function machineFindings(parts: readonly unknown[]): readonly Finding[] {
  const machines = parts.flatMap((part, index) =>
    kindsOf(part).flatMap((kind) => (kind === 'board' || kind === 'system' ? [{ kind, index }] : [])),
  )
  const more = machines.slice(1).map(({ kind, index }) => ({ path: ['parts', index, kind], index }))
  const counted = machines.slice(0, 1).flatMap(({ index }) => {
    const count = valueAt(parts, [index, 'count'])
    return typeof count === 'number' && count > 1 ? [{ path: ['parts', index, 'count'], index }] : []
  })
  return [...counted, ...more].map(({ path }) => ({
    path,
    text: 'A bill of materials is for one machine, and this would be a second one.',
    remedy: 'Write what one machine is made of, and buy it as often as you need it.',
  }))
}
