/** Logs in to nested ESXi hosts, reads them like any other one, and goes on with those inside them. */
import { Failure } from '#failure'
import type { Connection } from '../soap/connection.ts'
import { readInventory } from './inventory.ts'
import { insideLevel, matchNics, nodesBelow, pairNics, type SeenLevel, type SeenNode } from './levels.ts'
import { isNestedEsxi } from './machines.ts'

export interface NestedDoor {
  readonly connection: Connection
  /** A person has said where this host is, so that what answers there is it. */
  readonly isNamed: boolean
}

/** Fails with what a comment of the lab file can say. */
export type OpenNested = (
  wanted: { readonly path: string; readonly addresses: readonly string[] },
  signal: AbortSignal | undefined,
) => Promise<NestedDoor>

export interface LookOptions {
  readonly openNested: OpenNested
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: (text: string) => void
}

const atOnce = 4
/** Nobody has been seen to nest deeper, and a host that leads back to itself ends here. */
const deepest = 4
const hostLimitMs = 60_000

export async function lookInside(level: SeenLevel, options: LookOptions, depth = 1): Promise<void> {
  const waiting = [...nodesBelow(level)].filter(
    ({ machine, inside }) => !inside && isNestedEsxi(machine) && !machine.isTemplate,
  )
  const work = async (): Promise<void> => {
    for (let node = waiting.shift(); node; node = waiting.shift()) {
      await lookInto(node, options, depth)
      if (node.inside) await lookInside(node.inside.level, options, depth + 1)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}

async function lookInto(node: SeenNode, options: LookOptions, depth: number): Promise<void> {
  const { signal, onProgress } = options
  if (depth >= deepest) {
    node.unread = `It lies ${depth} levels deep, and nothing further inside is read.`
    return
  }
  if (!node.machine.isOn) {
    node.unread = 'It does not run, so its inside was not read.'
    return
  }
  try {
    onProgress?.(`reading ${node.path}`)
    await readInto(node, options)
  } catch (error) {
    signal?.throwIfAborted()
    if (!(error instanceof Failure) && !isTimeout(error)) throw error
    node.unread = `Its inside was not read: ${error instanceof Failure ? error.message : 'it took too long.'}`
  }
}

async function readInto(node: SeenNode, { openNested, signal: given }: LookOptions): Promise<void> {
  const { machine, path } = node
  const { connection, isNamed } = await openNested({ path, addresses: addressesOf(node) }, given)
  // Only from here on: a person may have been asked for the password.
  const limit = AbortSignal.timeout(hostLimitMs)
  const signal = given ? AbortSignal.any([given, limit]) : limit
  try {
    if (connection.isVCenter) {
      node.unread = 'Its inside was not read: a vCenter answers at its address.'
      return
    }
    const inventory = await readInventory(connection, { scope: {}, site: path, signal })
    const [host] = inventory.survey.hosts
    const match = host && (matchNics(machine, host) ?? (isNamed ? pairNics(machine, host) : undefined))
    if (!match) {
      node.unread = 'Its inside was not read: another host answers at its address.'
      return
    }
    node.inside = { level: insideLevel(inventory, host, path), host, ...match }
  } finally {
    await connection.close()
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')
}

/** Where its tools say it is, as far as that can be another machine than this one; then its name. */
export function addressesOf({ machine }: SeenNode): readonly string[] {
  const ips = [...machine.addresses.values()].flat().map(({ ip }) => ip)
  const name = machine.guestName
  const isName = name !== undefined && /^(?!localhost)[a-z0-9-]+(\.[a-z0-9-]+)+\.?$/i.test(name)
  return [...new Set([...ips.filter(isElsewhere), ...(isName && /[a-z]/i.test(name) ? [name] : [])])]
}

/** IPv4, and neither this machine nor one that only a neighbour could mean. */
function isElsewhere(ip: string): boolean {
  const parts = /^(\d{1,3})\.(\d{1,3})\.\d{1,3}\.\d{1,3}$/.exec(ip)
  if (!parts) return false
  const [first, second] = [Number(parts[1]), Number(parts[2])]
  return first !== 0 && first !== 127 && first < 224 && !(first === 169 && second === 254)
}
