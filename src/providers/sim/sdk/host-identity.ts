/** What a copied host has of its original: the name in its DNS settings, and VMFS volumes that it does not mount. */
import { createHash } from 'node:crypto'
import type { VimObject } from '../../vsphere/soap/vim-value.ts'
import { disksOfHost, firstSector, type HostDisk } from './host-disks.ts'
import type { SdkCopiedVolume } from './options.ts'
import type { SimObject } from './world.ts'

const mebibyteSectors = 2048

export interface CopiedVolume extends SdkCopiedVolume {
  readonly on: HostDisk
  readonly sizeMiB: number
  /** Of the original. */
  readonly uuid: string
  readonly devicePath: string
}

const volumesByHost = new WeakMap<SimObject, readonly CopiedVolume[]>()

/** After its disks; a volume on a disk that it has not is none. */
export function giveVolumes(host: SimObject, volumes: readonly SdkCopiedVolume[]): void {
  const all = volumes.flatMap((volume) => {
    const on = disksOfHost(host).find(({ name }) => name === volume.disk)
    if (!on) return []
    const hex = createHash('sha256').update(volume.name).digest('hex')
    const uuid = `${hex.slice(0, 8)}-${hex.slice(8, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
    const sizeMiB = Math.floor((on.sectors - firstSector) / mebibyteSectors)
    return [{ ...volume, on, sizeMiB, uuid, devicePath: `${on.devicePath}:1` }]
  })
  volumesByHost.set(host, all)
}

export function volumesOf(host: SimObject): readonly CopiedVolume[] {
  return volumesByHost.get(host) ?? []
}

export function dropVolume(host: SimObject, volume: CopiedVolume): void {
  volumesByHost.set(
    host,
    volumesOf(host).filter((one) => one !== volume),
  )
}

/** As after an installation with DHCP. */
export function firstDns(hostName: string): VimObject {
  const [own = '', ...domain] = hostName.split('.')
  return {
    $type: 'HostDnsConfig',
    dhcp: true,
    virtualNicDevice: 'vmk0',
    hostName: own,
    domainName: domain.join('.'),
    address: ['10.0.2.3'],
    searchDomain: ['lab.example'],
  }
}
