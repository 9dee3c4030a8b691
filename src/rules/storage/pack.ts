/** The rules of the pack `storage`: what hypervisors keep disks on, and copies of machines. */
import type { Rule } from '../rule.ts'
import { bootDisk, datastoreRoom } from './boot.ts'
import { cloneMac, cloneSignature, cloneSource, cloneUuid } from './clone.ts'
import { diskDatastore, diskFits, isoCopies, thin } from './disks.ts'
import { nasExists, nasLoad, sharedForCluster } from './nas.ts'
import { usbBoot } from './usb.ts'
import { vsanHosts, vsanWitness } from './vsan.ts'
import { vsanDisks, vsanMemory, vsanOnVsan } from './vsan-disks.ts'

export const storageRules: readonly Rule[] = [
  bootDisk,
  datastoreRoom,
  usbBoot,
  diskDatastore,
  diskFits,
  thin,
  isoCopies,
  sharedForCluster,
  nasExists,
  nasLoad,
  vsanHosts,
  vsanDisks,
  vsanMemory,
  vsanWitness,
  vsanOnVsan,
  cloneSource,
  cloneMac,
  cloneUuid,
  cloneSignature,
]
