/** Datastores that are made inside hypervisors of a lab: each of their levels has its own part of them. */
import type { Level, Machine, ResolvedLab } from '#lab'
import type { WantedDatastore } from '#providers'
import type { Selection } from './select.ts'

/**
 * Of the level inside this hypervisor, in the order of the file. A vSAN is made by its cluster, and one whose server
 * was not chosen is left as it is.
 */
export function datastoresOf(
  { datastores = [], top }: ResolvedLab,
  owner: string,
  chosen?: Selection,
): readonly WantedDatastore[] {
  if (owner === '') return []
  return datastores.flatMap(({ name, kind, members, sizeMiB, server, export: folder }): WantedDatastore[] => {
    if (!members?.includes(owner)) return []
    if (kind === 'local' || kind === 'vmfs')
      return [{ name, kind: 'local', ...(sizeMiB !== undefined && { sizeMiB }) }]
    const machine = server === undefined ? undefined : machineAt(top, server)
    const around = machineAt(top, owner)
    if (kind !== 'nfs' || !machine || !around || folder === undefined) return []
    if (chosen && !chosen.has(machine.path)) return []
    const address = addressFor(machine, around)
    return address === undefined ? [] : [{ name, kind: 'nfs', server: machine.path, address, folder }]
  })
}

/** In a network of the host, where the server has an address there; else its first one. */
function addressFor({ nics }: Machine, host: Machine): string | undefined {
  const own = host.nics.flatMap(({ address }) => address ?? [])
  const all = nics.flatMap(({ address }) => address ?? [])
  const near = all.find(({ ip }) =>
    own.some((one) => networkOf(one.ip, one.prefixLength) === networkOf(ip, one.prefixLength)),
  )
  return (near ?? all[0])?.ip
}

function networkOf(ip: string, prefixLength: number): number {
  const number = ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  return Math.floor(number / 2 ** (32 - prefixLength))
}

function machineAt(level: Level, path: string): Machine | undefined {
  const [name = '', ...further] = path.split('/')
  const found = level.machines.find((one) => one.name === name)
  if (further.length === 0) return found
  return found?.hypervisor && machineAt(found.hypervisor.inside, further.join('/'))
}
