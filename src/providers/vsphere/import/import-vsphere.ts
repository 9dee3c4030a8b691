/** Reads a vCenter or ESXi host and what is inside its nested hosts, and writes a lab file about it. */
import { labFileBytes, loadLab } from '#lab'
import type { Connection } from '../soap/connection.ts'
import { describeLevel } from './describe-machines.ts'
import { clustersBlock, datastoresBlock, siteBlock } from './describe-site.ts'
import { fail } from './errors.ts'
import { readInventory } from './inventory.ts'
import { nodesBelow, type SeenLevel, topLevel } from './levels.ts'
import { lookInside, type OpenNested } from './look-inside.ts'
import { isNestedEsxi } from './machines.ts'
import { labName, safeName } from './names.ts'
import { repaired } from './repair.ts'
import type { Scope } from './scope.ts'
import { Addresses, Macs } from './unique.ts'
import { Block, quoted } from './yaml-text.ts'

export interface ImportOptions {
  /** Name of the site. */
  readonly site: string
  /** Host of the server's address, in small letters. */
  readonly address: string
  readonly scope: Scope
  /** Absent: nobody logs in to nested hosts; `insideText` says why. */
  readonly openNested?: OpenNested
  readonly insideText?: string
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: (text: string) => void
}

export interface ImportedLab {
  readonly name: string
  readonly text: string
  readonly hosts: number
  /** Of all levels. */
  readonly machines: number
  /** Nested hosts whose inside was read, by path. */
  readonly read: readonly string[]
  /** Those whose inside was not, each with why. */
  readonly unread: readonly { readonly path: string; readonly text: string }[]
  /** One sentence for whatever else could not be seen or said. */
  readonly unseen: readonly string[]
}

export async function importVsphere(connection: Connection, options: ImportOptions): Promise<ImportedLab> {
  const { signal, onProgress, openNested } = options
  const inventory = await readInventory(connection, options)
  const top = topLevel(inventory, options.scope)
  if (openNested) await lookInside(top, { openNested, signal, ...(onProgress && { onProgress }) })
  onProgress?.('writing the lab file')
  return describeLab(top, options)
}

export type DescribeOptions = Pick<ImportOptions, 'site' | 'address' | 'scope' | 'insideText'>

/** The lab file about what has been read. */
export function describeLab(top: SeenLevel, options: DescribeOptions): ImportedLab {
  const name = safeName(options.site, labName)
  const nodes = [...nodesBelow(top)]
  const unread = nodes
    .filter(({ machine, inside }) => !inside && isNestedEsxi(machine))
    .map((node) => {
      if (options.insideText !== undefined) node.unread ??= options.insideText
      return { path: node.path, text: node.unread ?? 'Its inside was not read.' }
    })
  const root = rootBlock(top, name, options)
  const { text, left } = repaired(headOf(top, options), root, `${name}.lab.yaml`)
  refuseTooLarge(text, name)
  return {
    ...{ name, text, hosts: top.hosts.length, machines: nodes.length, unread },
    read: nodes.flatMap(({ path, inside }) => (inside ? [path] : [])),
    unseen: [...top.inventory.survey.unseen, ...left],
  }
}

/** Far below the limit of bytes a file is also below the other ones. */
const surelyReadable = labFileBytes / 4

function refuseTooLarge(text: string, name: string): void {
  const bytes = Buffer.byteLength(text)
  const isRead = () => loadLab(text, { file: `${name}.lab.yaml`, folder: '/' }).problems.length === 0
  if (bytes > labFileBytes || (bytes > surelyReadable && !isRead()))
    throw fail('import-too-large', { bytes, mostBytes: labFileBytes })
}

function rootBlock(top: SeenLevel, name: string, { address }: DescribeOptions): Block {
  const clusters = clustersBlock(top)
  const datastores = datastoresBlock(top)
  const { isVCenter } = top.inventory.survey.server
  const { switches, machines } = describeLevel(top, {
    macs: new Macs(),
    addresses: new Addresses(),
    roles: { server: new Set(isVCenter ? [address] : []), clusters: clusters.names },
    datastoreName: datastores.nameOf,
  })
  const unlessEmpty = (block: Block) => (block.entries.length > 0 ? block : undefined)
  return new Block()
    .add('nestlab', 1)
    .add('name', name)
    .add('site', siteBlock(top))
    .add('clusters', unlessEmpty(clusters.block))
    .add('datastores', unlessEmpty(datastores.block))
    .add('switches', unlessEmpty(switches))
    .add('machines', unlessEmpty(machines))
    .add('suppress', overcommit(top))
}

/** Machines that do not run take no memory, which a lab file cannot say of them. */
function overcommit({ hosts, nodes }: SeenLevel) {
  const sum = (values: readonly (number | undefined)[]) =>
    values.reduce<number>((total, value) => total + (value ?? Number.NaN), 0)
  const has = sum(hosts.map(({ memoryMiB }) => memoryMiB))
  const all = sum(nodes.map(({ machine }) => machine.memoryMiB ?? 0))
  const running = nodes.filter(({ machine }) => machine.isOn)
  const used = sum(running.map(({ machine }) => machine.memoryMiB ?? 0))
  if (!(all > has) || used > has) return undefined
  const reason = `${nodes.length - running.length} of the ${nodes.length} machines of level 1 are powered off`
  return [{ rule: 'memory/host-fit', reason }]
}

function headOf(top: SeenLevel, { site, scope }: DescribeOptions): readonly string[] {
  const { server, unseen } = top.inventory.survey
  const { folder, cluster, machines } = scope
  const part = [
    ...(folder === undefined ? [] : [`folder ${quoted(folder)}`]),
    ...(cluster === undefined ? [] : [`cluster ${quoted(cluster)}`]),
    ...(machines === undefined ? [] : [`machines ${machines.map(quoted).join(', ')}`]),
  ]
  return [
    `What ${site} has (${server.product} ${server.version})${part.length > 0 ? `: ${part.join(', ')}` : ''}, written by nestlab import vsphere.`,
    'It is a description: checking, tracing and sizing it touches nothing there.',
    ...(unseen.length > 0 ? ['', 'What could not be seen:'] : []),
    ...unseen.slice(0, 50).map((line) => `- ${line}`),
    ...(unseen.length > 50 ? [`- and ${unseen.length - 50} things more.`] : []),
  ]
}
