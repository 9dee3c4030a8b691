/** What this machine can do: the accelerator of level 0, and the doctor's report. */
import { join } from 'node:path'
import type { Services } from '#cli'
import { examineMachine, type MachineReport, openLocalHost, type ProofOptions, proveAccelerator } from '#host'
import { sitePaths } from '#store'
import { openLocalGuests } from './image-service.ts'
import type { Accelerator } from './providers/qemu/index.ts'
import type { Place } from './services.ts'

const qemu = 'qemu-system-x86_64'

const emulated: Accelerator = { name: 'tcg', cpuModel: 'max' }
const virtualized: Accelerator = { name: 'kvm', cpuModel: 'host' }

/** As proven in this boot, with this QEMU; proves it when that has not been done. */
export async function acceleratorHere({ roots }: Place, signal: AbortSignal): Promise<Accelerator> {
  const proof = { ...(await proofOptions(roots)), signal }
  const { accelerator } = await proveAccelerator(openLocalHost(), proof)
  return acceleratorNamed(accelerator)
}

/** Without KVM machines are emulated. */
export function acceleratorNamed(name: string): Accelerator {
  return name === 'kvm' ? virtualized : emulated
}

export async function examine(
  { roots }: Place,
  { again, signal }: Parameters<Services['doctor']>[0],
): Promise<MachineReport> {
  const options = { ...(await proofOptions(roots)), folder: roots.state, again, signal }
  return await examineMachine(openLocalHost(), options)
}

/** The image `tiny` is what KVM is proven with; until it is built nothing can be proven, nor started. */
async function proofOptions(roots: Place['roots']): Promise<ProofOptions> {
  const { images, accelerator: cacheFile } = sitePaths(roots)
  const tiny = await openLocalGuests(roots).find({ from: 'catalogue', name: 'tiny' })
  if (!tiny) return { qemu, cacheFile }
  const file = (name: string) => join(images, tiny.sha256, name)
  return { qemu, cacheFile, guest: { kernel: file('vmlinux'), initrd: file('initrd') } }
}
