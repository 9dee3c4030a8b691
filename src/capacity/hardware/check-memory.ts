/** Checks of a bill's memory: does it fit, is it enough, can it grow, has the board's maker tested it? */
import type { BoardPart, MemoryBank, MemoryPart, SystemPart } from '#facts'
import { type Assembly, type Known, memoryGiB, placeOfMachine, placeOfPart, takenSlots } from './assembly.ts'
import { type BomFinding, finding } from './finding.ts'
import { gib } from './words.ts'

export function memoryFindings(assembly: Assembly): readonly BomFinding[] {
  const { machine, modules } = assembly
  if (!machine) return amountFindings(assembly)
  const kinds = modules.flatMap((module) => kindFindings(module, machine.row))
  return [
    ...kinds,
    ...modules.flatMap((module) =>
      fits(module.row, machine.row.memory) ? qualified(module, machine.row) : [],
    ),
    ...slotFindings(assembly, machine),
    ...amountFindings(assembly),
    ...growthFindings(assembly, machine.row),
  ]
}

/** Share of the memory in use that the article on the home lab calls heavily used (80-85 %). */
const heavilyUsed = 0.85

/** What the slots want, in words: `DDR3 DIMM, unbuffered`. */
function wanted({ generation, form, buffering, ecc }: MemoryBank): string {
  const kind = `${generation} ${form}, ${buffering}`
  return ecc === 'required' ? `${kind}, with ECC` : kind
}

/** Whether modules of this kind go into the slots and start. */
export function fits(module: MemoryPart, bank: MemoryBank): boolean {
  return (
    module.form === bank.form &&
    module.generation === bank.generation &&
    module.buffering === bank.buffering &&
    (bank.ecc !== 'required' || module.ecc)
  )
}

function kindFindings(
  { part, row }: Known<MemoryPart>,
  { model, memory, source }: BoardPart | SystemPart,
): readonly BomFinding[] {
  if (fits(row, memory) || memory.form === 'soldered') return []
  const kind = `${row.generation} ${row.form}, ${row.buffering}, ${row.ecc ? 'with ECC' : 'without ECC'}`
  return [
    finding('memory-kind', {
      at: placeOfPart(part),
      text: `${row.model} is ${kind}, but ${model} takes ${wanted(memory)}.`,
      fix: `Choose modules that are ${wanted(memory)}${examples(memory)}.`,
      source,
    }),
  ]
}

function qualified(
  { part, row }: Known<MemoryPart>,
  { model, memory, source }: BoardPart | SystemPart,
): readonly BomFinding[] {
  if (!memory.qualified || memory.qualified.includes(row.model)) return []
  const which = memory.qualifiedNote === undefined ? '' : ` (${memory.qualifiedNote})`
  return [
    finding('memory-not-qualified', {
      at: placeOfPart(part),
      text: `${row.model} is not on the qualified list of ${model}${which}.`,
      fix: `Choose one of the list: ${memory.qualified.join(', ')}.`,
      source,
    }),
  ]
}

function examples({ qualified = [] }: MemoryBank): string {
  return qualified.length === 0 ? '' : `, such as ${qualified.slice(0, 3).join(', ')}`
}

function slotFindings(assembly: Assembly, machine: Known<BoardPart | SystemPart>): readonly BomFinding[] {
  const { model, memory, source } = machine.row
  const taken = takenSlots(assembly)
  if (taken <= memory.slots) return []
  const first = assembly.bom.parts.find(({ kind }) => kind === 'memory')
  const text =
    memory.form === 'soldered'
      ? `The memory of ${model} is soldered, and the bill has ${modules(taken)} for it.`
      : `The bill has ${modules(taken)}, but ${model} has ${memory.slots} slots.`
  const fix =
    memory.form === 'soldered'
      ? 'Take the modules out of the bill.'
      : `Take at most ${memory.slots}, larger ones if the memory would be too little.`
  return [
    finding('memory-slots', { at: first ? placeOfPart(first) : placeOfMachine(assembly), text, fix, source }),
  ]
}

function modules(count: number): string {
  return count === 1 ? 'one module' : `${count} modules`
}

function amountFindings(assembly: Assembly): readonly BomFinding[] {
  const has = memoryGiB(assembly)
  const needGiB = assembly.bom.needs.memoryMiB / 1024
  const { machine } = assembly
  // Unknown machines may come with memory of their own.
  if (has === undefined || (has === 0 && !machine)) return []
  const at = placeOfMachine(assembly)
  if (has < needGiB) {
    const most = machine?.row.memory.maxGiB
    const text = `The machine has ${gib(has)} of memory, but ${gib(needGiB)} are needed.`
    const fix =
      most !== undefined && most < needGiB
        ? `Choose another board or machine: ${machine?.row.model} takes at most ${gib(most)}.`
        : `Add modules until there are ${gib(needGiB)}, or take larger ones.`
    return [finding('memory-too-little', { at, text, fix })]
  }
  if (!machine || has <= machine.row.memory.maxGiB || takenSlots(assembly) > machine.row.memory.slots)
    return []
  return [
    finding('memory-over-maximum', {
      at,
      text: `The bill has ${gib(has)} of memory, but ${machine.row.model} takes at most ${gib(machine.row.memory.maxGiB)}.`,
      fix: `Take modules for ${gib(machine.row.memory.maxGiB)}, or a board that takes more.`,
      source: machine.row.source,
    }),
  ]
}

function growthFindings(assembly: Assembly, row: BoardPart | SystemPart): readonly BomFinding[] {
  const { needs } = assembly.bom
  const { maxGiB } = row.memory
  const has = memoryGiB(assembly) ?? 0
  // That it is too little already has been said.
  if (maxGiB * 1024 < needs.memoryMiB) return []
  const at = placeOfMachine(assembly)
  if (maxGiB * 1024 < needs.upgradeToMiB) {
    const text = `${row.model} takes at most ${gib(maxGiB)} of memory, and the machine is to grow to ${gib(needs.upgradeToMiB / 1024)}.`
    const fix = 'Choose a board that takes more, or say with `needs: { upgradeTo: … }` what is enough.'
    return [finding('memory-ceiling', { at, text, fix, source: row.source })]
  }
  const isFull = has === maxGiB && takenSlots(assembly) >= row.memory.slots
  if (!isFull || needs.memoryMiB < has * 1024 * heavilyUsed) return []
  const { slots } = row.memory
  const taken =
    slots === 0 ? 'The memory is soldered' : `${slots === 2 ? 'Both' : `All ${slots}`} slots are taken`
  return [
    finding('no-headroom', {
      at,
      text: `${taken}, ${gib(has)} are all that ${row.model} takes, and ${gib(needs.memoryMiB / 1024)} of them are needed.`,
      fix: 'Choose a board that takes more memory, or plan a second machine.',
      source: row.source,
    }),
  ]
}
