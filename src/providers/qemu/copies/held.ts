/** The note on a machine whose clock stands: with it, where its memory comes from when it has not run yet. */
import { checked } from '../names.ts'

export interface Held {
  /** Folder of the frozen machine; absent when the machine was running and was paused. */
  readonly from?: string
}

export function heldLine(held: Held): string {
  return `${JSON.stringify({ version: 1, ...held })}\n`
}

/** `undefined` for anything that is not such a note: the machine then boots. */
export function parseHeld(text: string): Held | undefined {
  try {
    const { from } = JSON.parse(text) as { readonly from?: unknown }
    return typeof from === 'string' ? { from } : {}
  } catch {
    return undefined
  }
}

/** The folder of a machine of that name in a folder of frozen machines. */
export function frozenFolderOf(folder: string, name: string): string {
  return `${folder}/${checked('name of a machine', name)}`
}
