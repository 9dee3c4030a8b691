/** Copies of machines: that they have an identity of their own. */
import { productFacts } from '#facts'
import type { CloneOf } from '#lab'
import { articles, page } from '../articles.ts'
import type { Hit, Rule } from '../rule.ts'
import type { Placed, Scene } from '../scene.ts'
import { named } from '../words.ts'
import { dataDisks } from './datastores.ts'

const cloneKb = page(
  'VMware KB 1031111: duplicate MAC addresses of VMkernel interfaces',
  'https://kb.vmware.com/s/article/1031111',
  'S',
)

const vmfsCopies = page(
  'VMware: managing copies of VMFS datastores',
  'https://docs.vmware.com/en/VMware-vSphere/7.0/com.vmware.vsphere.storage.doc/GUID-EBAB0D5A-3C77-4A9B-9884-3D4AD69E28DC.html',
)

interface Copy {
  readonly placed: Placed
  readonly clone: CloneOf
  /** Absent when there is no such machine. */
  readonly source?: Placed | undefined
}

function* copiesOf({ machines, byPath }: Scene): Generator<Copy> {
  for (const placed of machines) {
    const clone = placed.machine.traits?.clone
    if (clone) yield { placed, clone, source: byPath.get(clone.of) }
  }
}

function* esxiCopies(scene: Scene): Generator<Copy> {
  for (const copy of copiesOf(scene)) {
    if (copy.placed.machine.hypervisor?.product === 'esxi') yield copy
  }
}

export const cloneSource: Rule = {
  id: 'clone/source',
  severity: 'error',
  title: 'A copy is made of another machine of the lab, and is what that machine is.',
  why: 'Copying changes names and addresses, never what is installed. So a machine is copied once its version, its network and the machines inside are as wanted.',
  covers: ['R123'],
  sources: [articles.S4],
  *find(scene) {
    const left = machinesLeftOut()
    for (const { placed, clone, source } of copiesOf(scene)) {
      const at = [...placed.at, 'clone', 'of']
      const { path } = placed.machine
      if (!source && mayHavePrepared(scene)) continue
      if (!source) {
        const text = `\`${path}\` is a copy of \`${clone.of}\`, which is no machine of the lab.`
        yield { at, text, remedy: 'Name the machine that was copied.' }
      } else if (source === placed) {
        yield { at, text: `\`${path}\` is a copy of itself.`, remedy: 'Name another machine.' }
      } else {
        yield* differences(placed, source, left(placed, source))
      }
    }
  },
}

/** Only a site that somebody has added can have machines that are no part of the lab. */
function mayHavePrepared({ lab: { site, hosts, cloud } }: Scene): boolean {
  return site !== 'local' && site !== 'sim' && !hosts && !cloud
}

function* differences(placed: Placed, source: Placed, more: readonly string[]): Generator<Hit> {
  const at = [...placed.at, 'clone', 'of']
  const [copy, original] = [placed.machine, source.machine]
  const [is, was] = [titleOf(placed), titleOf(source)]
  if (is !== was) {
    const text = `\`${copy.path}\` is ${is}, but it is a copy of \`${original.path}\`, which is ${was}.`
    yield { at, text, remedy: 'Update the machine first and copy it then, or copy another one.' }
  }
  if (more.length === 0) return
  yield {
    at,
    text: `As a copy of \`${original.path}\`, \`${copy.path}\` holds ${named(more)} too, which the file does not say.`,
    remedy: 'Remove them before copying, or add them to the copy.',
    severity: 'warning',
  }
}

/** Names of machines inside the original that a copy does not have; of many copies without any it is the same list. */
function machinesLeftOut(): (copy: Placed, original: Placed) => readonly string[] {
  const namesOf = ({ machine }: Placed) => machine.hypervisor?.inside.machines.map(({ name }) => name) ?? []
  const byOriginal = new Map<Placed, readonly string[]>()
  return (copy, original) => {
    const all = byOriginal.get(original) ?? namesOf(original)
    byOriginal.set(original, all)
    const kept = new Set(namesOf(copy))
    return kept.size === 0 ? all : all.filter((name) => !kept.has(name))
  }
}

function titleOf({ machine: { hypervisor } }: Placed): string {
  if (!hypervisor) return 'no hypervisor'
  const { product, version } = hypervisor
  return productFacts(product, version)?.title ?? product
}

export const cloneMac: Rule = {
  id: 'clone/mac',
  severity: 'error',
  title: 'The VMkernel of a copied ESXi follows the MAC of its own NIC.',
  why: 'Management traffic of ESXi has a MAC that was stored at its installation, and a copy brings that MAC with it. Two hosts with one MAC in one network lose frames to each other.',
  covers: ['R120'],
  sources: [articles.S4, cloneKb],
  *find(scene) {
    for (const { placed, clone } of esxiCopies(scene)) {
      if (clone.followsMac) continue
      yield {
        at: [...placed.at, 'clone', 'followsMac'],
        text: `\`${placed.machine.path}\` is a copy of \`${clone.of}\` and keeps the MAC of its VMkernel.`,
        remedy: `Run \`esxcli system settings advanced set -o /Net/FollowHardwareMac -i 1\` on \`${clone.of}\` before copying, and write \`followsMac: true\`.`,
      }
    }
  },
}

export const cloneUuid: Rule = {
  id: 'clone/uuid',
  severity: 'warning',
  title: 'A copied ESXi has a system UUID of its own.',
  why: 'vCenter, vSAN and distributed switches tell hosts apart by this UUID. Two hosts with one UUID are one host to them, which they notice late and not always.',
  covers: ['R121'],
  sources: [articles.S4, cloneKb],
  *find(scene) {
    for (const { placed, clone } of esxiCopies(scene)) {
      if (clone.newUuid) continue
      const { path } = placed.machine
      const isMember = (scene.clustersOf.get(path) ?? []).length > 0
      yield {
        at: [...placed.at, 'clone', 'newUuid'],
        text: `\`${path}\` is a copy of \`${clone.of}\` and has its system UUID${isMember ? ', although it is to join a cluster' : ''}.`,
        remedy: `Remove the line \`/system/uuid\` of /etc/vmware/esx.conf on \`${clone.of}\` before copying, and write \`newUuid: true\`.`,
        ...(isMember && { severity: 'error' }),
      }
    }
  },
}

export const cloneSignature: Rule = {
  id: 'clone/vmfs-signature',
  severity: 'warning',
  title: 'The VMFS datastores of a copied ESXi get a signature of their own.',
  why: 'A copied VMFS bears the signature of the disk it was made on, so ESXi takes it for a snapshot and does not mount it. The machines on it are there and cannot be found.',
  covers: ['R121'],
  sources: [cloneKb, vmfsCopies],
  *find(scene) {
    for (const { placed, clone, source } of esxiCopies(scene)) {
      if (clone.resignature || ![placed, source].some((one) => one && hasVmfs(one))) continue
      yield {
        at: [...placed.at, 'clone', 'resignature'],
        text: `\`${placed.machine.path}\` is a copy of \`${clone.of}\`, whose datastore it has with the old signature.`,
        remedy:
          'Run `esxcli storage vmfs snapshot resignature` on the copy when it is up, and write `resignature: true`.',
      }
    }
  },
}

/** Whether it certainly has one: a disk for it, or a boot disk that is large enough for both. */
function hasVmfs(placed: Placed): boolean {
  if (dataDisks(placed).length > 0) return true
  const { hypervisor, traits } = placed.machine
  const enough = hypervisor && productFacts(hypervisor.product, hypervisor.version)?.datastoreSureBootDiskMiB
  return enough !== undefined && (traits?.bootDiskMiB ?? 0) >= enough
}
