/** Lab files with their smallest fixes: found by tracing, written in place. */
import { readFile } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
import type { LabFixes } from '#cli'
import { imageNames } from '#guests'
import { type Roots, replaceLabFile, sitePaths } from '#store'
import { findFix } from '#trace'

export function openLabFixes(roots: Roots): LabFixes {
  return {
    async find(file, probe) {
      // A program is not edited.
      if (!/^\.(ya?ml|json)$/.test(extname(file))) return undefined
      const bytes = await readFile(file)
      const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
      const load = { file, folder: dirname(file), knownImages: await imageNames(sitePaths(roots).images) }
      const answer = findFix({ text, load }, probe, { nowMs: () => performance.now() })
      return answer && { answer, text }
    },
    replace: replaceLabFile,
  }
}
