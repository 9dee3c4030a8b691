/** Guests on vSphere: started from what the site has, told who they are by settings of their machine. */
import { createHash } from 'node:crypto'
import type { Guests, Image, LabKeys } from '#guests'
import { type ImageReference, type Machine, machinesOf, type ResolvedLab, wellKnownImage } from '#lab'
import type { Roots, VsphereSite } from '#store'
import { openLocalGuests } from './image-service.ts'
import { sourceOf } from './vsphere-images.ts'

const minuteMs = 60_000
/** An installer writes a whole system before the machine counts as up. */
const bootLimitMs = {
  installed: { tcg: 60 * minuteMs, kvm: 60 * minuteMs },
  ready: { tcg: 20 * minuteMs, kvm: 20 * minuteMs },
}

export function vsphereGuests(roots: Roots, site: VsphereSite, limitMs?: number): Guests {
  const local = openLocalGuests(roots)
  return {
    ...local,
    guestOf: async ({ image }) => {
      const guest = await local.guestOf(linux)
      if (limitMs !== undefined) return { ...guest, bootLimitMs: { tcg: limitMs, kvm: limitMs } }
      const { kind = 'empty' } = sourceOf(site, { image }) ?? {}
      const isInstalled = kind === 'iso' || kind === 'empty'
      return {
        ...(await local.guestOf(linux)),
        bootLimitMs: bootLimitMs[isInstalled ? 'installed' : 'ready'],
      }
    },
    find: async (image) => {
      const source = sourceOf(site, { image }) ?? (hasOwnImages(site) ? 'of each machine' : undefined)
      if (!source) return undefined
      if (typeof source !== 'string' && source.kind === 'disk') return await foundDisk(local, image)
      const name = image.from === 'catalogue' ? image.name : image.sha256.slice(0, 12)
      const sha256 = createHash('sha256')
        .update(JSON.stringify([name, source]))
        .digest('hex')
      return { name, sha256, guest: 'cloud', files: {} }
    },
    // Disks of this machine are sent to the site; anything else is there, or there is none.
    provide: async (lab, onProgress, signal) => {
      const isDisk = (machine: Machine) => sourceOf(site, machine)?.kind === 'disk'
      const machines = [...machinesOf(lab.top)].filter(isDisk)
      // Without what is inside, since that takes its images from its own site.
      const alone = machines.map(({ hypervisor: _, ...machine }) => machine)
      if (machines.length > 0)
        await local.provide({ ...lab, top: { ...lab.top, machines: alone } }, onProgress, signal)
    },
    boot: async (_lab, machine, keys) => ({ disks: [], settings: cloudSettings(machine, keys) }),
  }
}

/** One that is still to be fetched is known by its sum. */
async function foundDisk(local: Pick<Guests, 'find'>, image: ImageReference): Promise<Image | undefined> {
  const found = await local.find(image)
  if (found || image.from === 'catalogue') return found
  return { name: image.sha256.slice(0, 12), sha256: image.sha256, guest: 'cloud', files: {} }
}

/** Whether a machine lacks its own is asked of each machine. */
function hasOwnImages({ images = {} }: VsphereSite): boolean {
  return Object.keys(images).some((key) => !wellKnownImage(key))
}

/** Any machine of which only the way to talk to it is asked. */
const linux = { image: { from: 'catalogue', name: 'tiny' } } as Machine

/** cloud-init's own words; JSON is YAML, and no value can break out of it. */
function cloudSettings(machine: Machine, keys: LabKeys): string {
  const userData = {
    hostname: machine.name,
    preserve_hostname: false,
    disable_root: false,
    ssh_pwauth: false,
    ssh_deletekeys: true,
    ssh_keys: { ed25519_private: keys.hostPrivate, ed25519_public: keys.hostPublic },
    users: [{ name: 'root', lock_passwd: true, ssh_authorized_keys: [keys.clientPublic] }],
  }
  return `#cloud-config\n${JSON.stringify(userData)}\n`
}

/**
 * Settings by which guests learn who they are: those of the nested ESXi appliance that many use, and those of
 * cloud-init for all other systems.
 */
export function guestInfoOf(
  lab: ResolvedLab,
  machine: Machine,
  settings: string,
): Readonly<Record<string, string>> {
  const [first] = machine.nics.filter(({ address }) => address)
  if (machine.hypervisor?.product === 'esxi') {
    return {
      'guestinfo.hostname': machine.name,
      ...(first?.address && {
        'guestinfo.ipaddress': first.address.ip,
        'guestinfo.netmask': netmask(first.address.prefixLength),
      }),
      'guestinfo.domain': `${lab.name}.test`,
    }
  }
  const ethernets = Object.fromEntries(
    machine.nics.map(({ name, mac, address }) => [
      name,
      {
        match: { macaddress: mac },
        'set-name': name,
        optional: true,
        dhcp4: address === undefined,
        ...(address && { addresses: [`${address.ip}/${address.prefixLength}`] }),
      },
    ]),
  )
  const metadata = {
    'instance-id': machine.uuid,
    'local-hostname': machine.name,
    network: { version: 2, ethernets },
  }
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  return {
    'guestinfo.metadata': base64(JSON.stringify(metadata)),
    'guestinfo.metadata.encoding': 'base64',
    ...(settings !== '' && {
      'guestinfo.userdata': base64(settings),
      'guestinfo.userdata.encoding': 'base64',
    }),
  }
}

function netmask(prefixLength: number): string {
  const bits = prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.')
}
