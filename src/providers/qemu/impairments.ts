/** The link conditions of a level's ports as they were last asked for, kept in one file beside the machines. */
import { Failure } from '#failure'
import type { Host } from '#host'
import type { LevelPaths } from '#store'
import type { ImpairedPort, LinkConditions } from '../network.ts'

type File = Readonly<Record<string, LinkConditions>>

/** None when there is no such file, or a damaged one: bad links are no more than an experiment. */
export async function readImpairments(host: Host, level: LevelPaths): Promise<readonly ImpairedPort[]> {
  let text: string
  try {
    text = Buffer.from(await host.readFile(level.impairments)).toString()
  } catch (error) {
    if (error instanceof Failure && error.code === 'no-such-file') return []
    throw error
  }
  try {
    const file = JSON.parse(text) as File
    return Object.entries(file).map(([port, conditions]) => ({ port, conditions }))
  } catch {
    return []
  }
}

export async function writeImpairments(
  host: Host,
  level: LevelPaths,
  impaired: readonly ImpairedPort[],
): Promise<void> {
  if (impaired.length === 0) return await host.remove(level.impairments)
  const file: File = Object.fromEntries(impaired.map(({ port, conditions }) => [port, conditions]))
  await host.writeFile(level.impairments, `${JSON.stringify(file, null, 2)}\n`)
}
