/** The note beside a QEMU that writes down the memory of a machine: whose command made it, and of which machine. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { ownIdentity, type ProcessIdentity, type receiverPaths } from '#store'

export interface Keeping {
  /** The command. Once it is dead, nobody else ends what it began. */
  readonly owner: ProcessIdentity
  readonly lab: string
  readonly machine: string
  /** Whether the machine ran before, and so has to run afterwards. */
  readonly goesOn: boolean
}

type Place = Pick<ReturnType<typeof receiverPaths>, 'run' | 'note'>

/** Makes the folder with the note in it in one step: no folder is ever seen without. */
export async function noteKeeping({ run, note }: Place, about: Omit<Keeping, 'owner'>): Promise<void> {
  const half = `${run}${halfMade}`
  await mkdir(half, { recursive: true, mode: 0o700 })
  const keeping: Keeping = { owner: await ownIdentity(), ...about }
  await writeFile(note.replace(run, half), JSON.stringify({ version: 1, ...keeping }), { mode: 0o600 })
  await rename(half, run)
}

/** The end of the name of a folder that is just being made. */
export const halfMade = '.new'

/** `undefined` where there is no such note. */
export async function readKeeping(note: string): Promise<Keeping | undefined> {
  const text = await readFile(note, 'utf8').catch(() => '')
  try {
    const { owner, lab, machine, goesOn } = JSON.parse(text) as Partial<Keeping>
    const isNote = typeof owner?.pid === 'number' && typeof lab === 'string' && typeof machine === 'string'
    return isNote ? { owner, lab, machine, goesOn: goesOn === true } : undefined
  } catch {
    return undefined
  }
}
