/** Which version of ESXi is in a machine, as a lab file names it. */
import { wellKnownImages } from '#lab'
import type { SeenMachine } from './machines.ts'

const releases = wellKnownImages.flatMap(({ product, version }) =>
  product === 'esxi' && version !== undefined ? [version] : [],
)

/** `8.0.2` stays; of releases that a lab file does not know the nearest later one is taken, or the newest. */
export function esxiVersion(version: string | undefined): string | undefined {
  const [, release] = /^(\d+\.\d+)(?:\.\d+)*$/.exec(version ?? '') ?? []
  if (version === undefined || release === undefined) return undefined
  if (releases.includes(release)) return version.split('.').slice(0, 3).join('.')
  return releases.find((one) => Number(one) > Number(release)) ?? releases.at(-1)
}

/** By the guest type, which several releases share. */
const byGuestType: Readonly<Record<string, readonly [version: string, text: string]>> = {
  vmkernelguest: ['5.5', 'Its guest type is that of ESX 4; the version is a guess.'],
  vmkernel5guest: ['5.5', 'Its guest type is that of ESXi 5.0 to 5.5; the version is a guess.'],
  vmkernel6guest: ['6.0', 'The version follows from its guest type.'],
  vmkernel65guest: ['6.5', 'Its guest type is that of ESXi 6.5 and 6.7; the version is a guess.'],
  vmkernel7guest: ['7.0', 'The version follows from its guest type.'],
  vmkernel8guest: ['8.0', 'The version follows from its guest type.'],
  vmkernel9guest: ['9.0', 'The version follows from its guest type.'],
}

/** What its tools say is better than what it was made for. */
export function guessedVersion({ guestSystem = '', guestId = '' }: SeenMachine): {
  readonly version?: string
  readonly text: string
} {
  const told = esxiVersion(/\bESXi (\d+\.\d+(?:\.\d+)?)/.exec(guestSystem)?.[1])
  if (told !== undefined) return { version: told, text: 'The version is what its tools say.' }
  const [version, text] = byGuestType[guestId.toLowerCase()] ?? []
  return version === undefined || text === undefined
    ? { text: 'Its version is not known; the default is taken.' }
    : { version, text }
}
