/** Template labs of a class: which ones there are, and the snapshots that its seats begin from. */
import { machinesOf, type ResolvedLab } from '#lab'
import type { TemplateRow } from '#store'
import { splitName } from '../snapshots/index.ts'
import type { ClassRun } from './contract.ts'
import { fail } from './errors.ts'
import { type Desk, unless } from './moves.ts'

/** Fails with `no-such-lab`, `no-such-snapshot` or `templates-differ`. */
export async function readTemplates(
  { surroundings: { engine } }: Desk,
  name: string,
  wanted: readonly string[],
): Promise<readonly TemplateRow[]> {
  const rows: TemplateRow[] = []
  let first: { readonly text: string; readonly shape: string } | undefined
  for (const [position, text] of wanted.entries()) {
    const { lab, snapshot = ownSnapshot(name) } = splitName(text)
    const recorded = await engine.recorded(lab)
    const shape = shapeOf(recorded)
    first ??= { text, shape }
    if (shape !== first.shape) throw fail('templates-differ', { first: first.text, other: text })
    const isOwn = !text.includes('@')
    if (!isOwn) await needSnapshot({ engine }, lab, snapshot)
    rows.push({ position, lab, snapshot, site: recorded.site, memoryMiB: memoryOf(recorded), isOwn })
  }
  return rows
}

/** Takes the snapshots that are the class's own, where they are not there yet. */
export async function ensureTemplates(
  { surroundings: { engine }, ledger }: Desk,
  name: string,
  { signal }: ClassRun,
): Promise<void> {
  for (const { lab, snapshot, isOwn } of ledger.database.read((rows) => rows.templates(name))) {
    if (!isOwn) continue
    const { snapshots } = await engine.snapshots(lab)
    if (snapshots.some((one) => one.name === snapshot)) continue
    const note = `what the seats of class ${name} begin from`
    await engine.snapshot(lab, { name: snapshot, note }, { signal, onEvent: () => {} })
  }
}

/** The lab itself stays; it may have gone already. */
export async function removeTemplates(
  { surroundings: { engine }, ledger }: Desk,
  name: string,
): Promise<void> {
  for (const { lab, snapshot, isOwn } of ledger.database.read((rows) => rows.templates(name)))
    if (isOwn) await engine.removeSnapshot(lab, snapshot).catch(unless('no-such-lab', 'no-such-snapshot'))
}

function ownSnapshot(name: string): string {
  return `class-${name}`
}

async function needSnapshot(
  { engine }: Pick<Desk['surroundings'], 'engine'>,
  lab: string,
  name: string,
): Promise<void> {
  const { snapshots } = await engine.snapshots(lab)
  const names = snapshots.map((one) => one.name)
  if (!names.includes(name)) throw fail('class-without-snapshot', { lab, name, names })
}

/** Seats are equal when they have the same machines, whatever carries them. */
function shapeOf({ top }: ResolvedLab): string {
  return JSON.stringify([...machinesOf(top)].map(({ path, cpus, memoryMiB }) => [path, cpus, memoryMiB]))
}

function memoryOf({ top }: ResolvedLab): number {
  return top.machines.reduce((sum, { memoryMiB }) => sum + memoryMiB, 0)
}
