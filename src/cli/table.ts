/** Columns and trees as text. */
import { withoutColour } from './paint.ts'

const widthOf = (cell: string): number => [...withoutColour(cell)].length

/** Rows as columns with two spaces between them; a column is as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, widthOf(cell))
    })
  }
  return rows.map((row) =>
    row
      .map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - widthOf(cell)))
      .join('  ')
      .trimEnd(),
  )
}

export interface Branch {
  /** The first cell is drawn behind the branches of the tree, the others are columns. */
  readonly cells: readonly string[]
  readonly branches: readonly Branch[]
}

/** A tree whose further cells stand in columns over all levels. */
export function tree(roots: readonly Branch[]): string[] {
  return columns(roots.flatMap((root) => rowsOf(root, '', '')))
}

function rowsOf(branch: Branch, before: string, beforeInside: string): string[][] {
  const [first = '', ...rest] = branch.cells
  const rows = [[before + first, ...rest]]
  branch.branches.forEach((inner, at) => {
    const isLast = at === branch.branches.length - 1
    rows.push(
      ...rowsOf(inner, beforeInside + (isLast ? '└─ ' : '├─ '), beforeInside + (isLast ? '   ' : '│  ')),
    )
  })
  return rows
}

/** Nests things by their paths: `kvm-1/web` goes below `kvm-1`; what has no parent in the list is a root. */
export function nested<Thing>(
  things: readonly Thing[],
  pathOf: (thing: Thing) => string,
  cellsOf: (thing: Thing) => readonly string[],
): Branch[] {
  interface Growing extends Branch {
    readonly branches: Growing[]
  }
  const byPath = new Map<string, Growing>()
  for (const thing of things) byPath.set(pathOf(thing), { cells: cellsOf(thing), branches: [] })
  const roots: Growing[] = []
  for (const [path, branch] of byPath) {
    const parent = byPath.get(path.slice(0, Math.max(0, path.lastIndexOf('/'))))
    ;(parent?.branches ?? roots).push(branch)
  }
  return roots
}

/** `0.4 s`, `12.3 s`, `2 min 05 s`. */
export function duration(ms: number): string {
  const seconds = ms / 1000
  if (seconds < 100) return `${seconds.toFixed(1)} s`
  return `${Math.floor(seconds / 60)} min ${String(Math.floor(seconds % 60)).padStart(2, '0')} s`
}

/** `96 MiB`, `1.5 GiB`. */
export function mebibytes(mib: number): string {
  return mib < 1024 ? `${mib} MiB` : `${Number((mib / 1024).toFixed(1))} GiB`
}

/** `12.3 MiB` from bytes. */
export function bytes(count: number): string {
  if (count < 1024) return `${count} B`
  if (count < 1024 ** 2) return `${(count / 1024).toFixed(1)} KiB`
  if (count < 1024 ** 3) return `${(count / 1024 ** 2).toFixed(1)} MiB`
  return `${(count / 1024 ** 3).toFixed(2)} GiB`
}
