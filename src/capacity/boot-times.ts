/** How long a plain VM takes from power-on until somebody can log in, by what it is; common knowledge, so wide ranges. */
import type { Machine } from '#lab'
import type { Range } from './range.ts'

const ofImage: readonly (readonly [RegExp, Range])[] = [
  [/^tiny$/, { low: 1, high: 3 }],
  [/^kvm-node$/, { low: 2, high: 6 }],
  [/^esxi/, { low: 60, high: 240 }],
  [/^hyperv|^windows/, { low: 45, high: 180 }],
  [/^proxmox|^xcp-ng/, { low: 30, high: 90 }],
]

const ofRole: Partial<Record<string, Range>> = {
  // Its services come up long after its system.
  vcenter: { low: 300, high: 900 },
  'nsx-manager': { low: 300, high: 900 },
}

/** Seconds; undefined for an image that says nothing about what is in it. */
export function bootOf({ image, traits }: Machine): Range | undefined {
  const byRole = traits?.role === undefined ? undefined : ofRole[traits.role]
  if (byRole) return byRole
  const names = [traits?.os, image.from === 'catalogue' ? image.name : undefined]
  for (const name of names) {
    const row = ofImage.find(([pattern]) => name !== undefined && pattern.test(name))
    if (row) return row[1]
  }
  return undefined
}
