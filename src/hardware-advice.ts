/** Advice on hardware for the command line: reads bills of materials, and asks the catalogue for a lab. */
import { type FileHandle, open } from 'node:fs/promises'
import { adviseHardware, bomFailure, bomFileBytes, checkBom, loadBom, requirementsOf } from '#capacity'
import type { Hardware } from '#cli'
import { hardwareCatalogue } from '#facts'
import { renderProblems } from '#lab'

export function openHardware(): Hardware {
  return {
    async check(file, name) {
      const { bom, problems, source, placeOf } = loadBom(await readBytes(file, name), { file: name })
      const findings = bom ? checkBom(bom, hardwareCatalogue()) : []
      return {
        ...(bom && { name: bom.name }),
        problems,
        findings: findings.map((finding) => ({ ...finding, ...placeOf(finding.at) })),
        render: (color) => renderProblems(problems, source, { color }),
      }
    },
    advise: (lab, wishes) => adviseHardware({ ...requirementsOf(lab), ...wishes }, hardwareCatalogue()),
  }
}

/** One byte more than allowed is read at most, so that a file of any size is refused without being read whole. */
async function readBytes(path: string, file: string): Promise<Uint8Array> {
  let handle: FileHandle | undefined
  try {
    handle = await open(path, 'r')
    const parts: Uint8Array[] = []
    for await (const part of handle.createReadStream({ end: bomFileBytes })) {
      const bytes: Uint8Array = part
      parts.push(bytes)
    }
    return Buffer.concat(parts)
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (isMissing) throw bomFailure('bom-file-missing', { file }, error)
    const reason = (error instanceof Error ? error.message : String(error)).replace(/\.$/, '')
    throw bomFailure('bom-file-unreadable', { file, reason }, error)
  } finally {
    await handle?.close()
  }
}
