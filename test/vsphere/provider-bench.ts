/** A provider on vcsim for tests, with the choices that `src/vsphere-site.ts` makes, and orders for machines. */
import { createHash } from 'node:crypto'
import { openOvfPackage, readOvf } from '#guests'
import type { Machine } from '#lab'
import type { MachineOrder, Provider } from '#providers'
import {
  Connection,
  type ImageSource,
  openVsphereProvider,
  type Target,
  type VsphereLevel,
} from '../../src/providers/vsphere/index.ts'
import type { Vcsim } from './vcsim.ts'

export const never = new AbortController().signal

export interface LevelWish {
  readonly lab?: string
  /** Default: the test. */
  readonly owner?: string | undefined
  readonly target?: Target
  readonly source?: ImageSource
  /** Of packages. */
  readonly properties?: Readonly<Record<string, string>>
  readonly onCall?: (method: string) => void
}

export function connectTo(vcsim: Vcsim, onCall: (method: string) => void = () => {}): Promise<Connection> {
  const { url, fingerprint, user, password } = vcsim
  return Connection.open({
    server: { url, ...(fingerprint !== undefined && { fingerprint }) },
    credentials: { user, password: async () => password },
    onCall: (method) => onCall(method),
  })
}

export async function openOn(vcsim: Vcsim, wish: LevelWish = {}): Promise<Provider> {
  return openVsphereProvider(await levelOn(vcsim, wish))
}

export async function levelOn(vcsim: Vcsim, wish: LevelWish = {}): Promise<VsphereLevel> {
  const { lab = 'conformance', target = {}, source = { kind: 'empty' }, properties = {}, onCall } = wish
  const owner = 'owner' in wish ? wish.owner : 'the-test'
  return {
    connection: await connectTo(vcsim, onCall),
    lab,
    owner,
    target,
    hardwareOf: () => ({
      version: 13,
      newest: 13,
      guestId: 'vmkernel65Guest',
      bootDiskMiB: 1024,
      hasParavirtualScsi: true,
      maxCpus: 128,
      maxMemoryMiB: 6128 * 1024,
    }),
    sourceOf: () => source,
    openPackage: async ({ file }, _machine, options) => {
      const { descriptor, descriptorText, files, ...opened } = await openOvfPackage(file, options)
      const { networks } = descriptor
      const dispose = { [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() }
      return { ...{ networks, files, properties }, descriptor: descriptorText, ...dispose }
    },
    describedBy: async (descriptor) => ({ networks: readOvf(descriptor).networks, properties }),
    hasTools: () => true,
    proof: 'power',
    guestInfoOf: (machine) => ({ 'guestinfo.hostname': machine.name }),
  }
}

export function orderOf(
  name: string,
  nics: readonly { readonly switchName: string; readonly portgroup: string }[],
  more: Partial<Machine> = {},
): MachineOrder {
  const hash = createHash('sha256').update(name).digest('hex')
  const machine: Machine = {
    path: name,
    name,
    level: 1,
    uuid: `${hash.slice(0, 8)}-0000-4000-8000-${hash.slice(8, 20)}`,
    image: { from: 'catalogue', name: 'tiny' },
    cpus: 2,
    memoryMiB: 64,
    nics: nics.map((plug, at) => ({
      name: `nic${at}`,
      ...plug,
      mac: `52:54:00:${hash.slice(0, 2)}:${hash.slice(2, 4)}:0${at}`,
    })),
    ...more,
  }
  return { machine, boot: { disks: [], settings: '' }, digest: `${name}-1` }
}
