/** Reads a finished ISO back, with another reader than its writer: is everything in it, and does it boot as it did? */
import { open } from 'node:fs/promises'
import { fail } from './errors.ts'
import type { IsoPlan } from './iso-plan.ts'
import { type IsoContents, IsoProblem, readFileOf, readIso } from './iso-reader.ts'

/** Fails with `esxi-iso-not-made`. */
export async function checkIso(file: string, plan: IsoPlan): Promise<void> {
  const image = await open(file, 'r')
  try {
    const made = await readIso(image)
    const wrong = differences(made, plan)
    for (const [path, content] of plan.written) {
      const found = made.files.find((one) => one.path === path)
      if (found && !(await readFileOf(image, found)).equals(content)) wrong.push(path)
    }
    if (wrong.length > 0)
      throw fail('esxi-iso-not-made', { file, reason: `it came out wrong (${wrong.slice(0, 5).join(', ')})` })
  } catch (error) {
    if (!(error instanceof IsoProblem)) throw error
    throw fail('esxi-iso-not-made', { file, reason: error.message }, error)
  } finally {
    await image.close()
  }
}

/** Names of what is missing, too much, or different. */
function differences(made: IsoContents, plan: IsoPlan): string[] {
  const wanted = new Map(plan.kept.map(({ path, sizeBytes }) => [path, sizeBytes]))
  for (const [path, content] of plan.written) wanted.set(path, content.length)
  const found = new Map(made.files.map(({ path, sizeBytes }) => [path, sizeBytes]))
  found.delete(plan.catalogPath)
  const wrong = [...wanted].flatMap(([path, size]) => (found.get(path) === size ? [] : [path]))
  wrong.push(...[...found.keys()].filter((path) => !wanted.has(path)))
  const place = (path: string | undefined) => made.files.find((one) => one.path === path)?.firstSector
  const boots = plan.contents.boot.map(
    ({ firmware }, index) => `${firmware} ${place(plan.bootFiles[index]?.path)}`,
  )
  const bootsNow = made.boot.map(({ firmware, firstSector }) => `${firmware} ${firstSector}`)
  if (boots.join() !== bootsNow.join()) wrong.push('boot catalogue')
  return wrong
}
