/** Makes read-only file systems that are the same bytes for the same files. */
import { runTool } from './run-tool.ts'

/** Uncompressed: pages are read straight from the disk, which is faster under TCG than unpacking them. */
export async function makeErofs(of: { folder: string; file: string; signal: AbortSignal }): Promise<void> {
  const fixed = ['-T0', '-U', '00000000-0000-0000-0000-000000000000', '--all-root']
  await runTool(['mkfs.erofs', '--quiet', '-x-1', ...fixed, of.file, of.folder], { signal: of.signal })
}
