/** The form in which a lab that was kept running is handed to another installation, and what must be true of it there. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { LabKeys } from '#guests'
import type { Boot, Machine, ResolvedLab } from '#lab'
import type { FrozenMemory } from '#providers'

/** All machines of L0 at one instant. What they are made of follows from the lab file, so it is not told here. */
export interface PortableInstant {
  readonly version: 1
  readonly atMs: number
  /** By which name the hypervisors know the lab that they are part of. */
  readonly insideName: string
  readonly machines: readonly PortableMachine[]
}

export interface PortableMachine {
  readonly name: string
  readonly memory: FrozenMemory
  /** SHA-256 of what it was started with: the memory fits no other hardware. */
  readonly hardware: string
}

const mostKeyBytes = 4096
const labName = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/
const word = /^[\w.+()~: -]{1,100}$/
const count = z.int().nonnegative()

const instantForm = z.strictObject({
  version: z.literal(1),
  atMs: count,
  insideName: z.string().regex(labName),
  machines: z
    .array(
      z.strictObject({
        name: z.string(),
        memory: z.strictObject({
          qemuVersion: z.string().regex(word),
          accelerator: z.enum(['tcg', 'kvm']),
          cpuModel: z.string().regex(word),
          memoryMiB: count,
          pausedMs: z.number().nonnegative(),
          tries: count,
        }),
        hardware: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .max(10_000),
})

const publicKey = z.string().regex(/^ssh-ed25519 [A-Za-z0-9+/=]{60,80}( [\w.@-]{0,60})?\n?$/)
const privateKey = z
  .string()
  .max(mostKeyBytes)
  .regex(/^-----BEGIN OPENSSH PRIVATE KEY-----\n[A-Za-z0-9+/=\n]+-----END OPENSSH PRIVATE KEY-----\n?$/)
const keysForm = z.strictObject({
  clientPrivate: privateKey,
  clientPublic: publicKey,
  hostPrivate: privateKey,
  hostPublic: publicKey,
})

/** Undefined for anything that is none. */
export function readInstant(value: unknown): PortableInstant | undefined {
  return instantForm.safeParse(value).data
}

/** Undefined for anything that is none. */
export function readKeys(value: unknown): LabKeys | undefined {
  return keysForm.safeParse(value).data
}

/** The same for the same machine from the same images, whatever its keys. */
export function hardwareDigest({ name, uuid, cpus, memoryMiB, nics }: Machine, boot: Boot): string {
  const { settings, disks, ...rest } = boot
  const about = {
    ...{ name, uuid, cpus, memoryMiB },
    nics: nics.map((nic) => [nic.name, nic.mac]),
    boot: rest,
    hasSettings: settings !== '',
    disks: disks.map((disk) => (disk.kind === 'made' ? { kind: disk.kind, serial: disk.serial } : disk)),
  }
  return createHash('sha256').update(JSON.stringify(about, sortedKeys)).digest('hex')
}

/** Names of the disks in a machine's folder that it writes to. */
export function writtenFiles({ disks }: Boot): readonly string[] {
  return disks.flatMap((disk, index) => (disk.kind === 'image' && disk.overlay ? [`disk${index}`] : []))
}

/** Sizes and hashes of the files of one machine, by name. */
export type MachineFiles = Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>

export interface Fitting {
  readonly lab: ResolvedLab
  /** Of the machines of L0, by name. */
  readonly boots: ReadonlyMap<string, Boot>
  readonly files: ReadonlyMap<string, MachineFiles>
}

/** Why the instant is not one of this lab, as a clause; undefined when it is. */
export function unfit(instant: PortableInstant, { lab, boots, files }: Fitting): string | undefined {
  const names = new Set(instant.machines.map(({ name }) => name))
  const isAll = names.size === instant.machines.length && names.size === lab.top.machines.length
  if (!isAll || !lab.top.machines.every(({ name }) => names.has(name)))
    return 'it has other machines than the lab'
  for (const one of instant.machines) {
    const machine = lab.top.machines.find(({ name }) => name === one.name)
    const boot = boots.get(one.name)
    const wrong = machine && boot && machineUnfit(one, { machine, boot, files: files.get(one.name) ?? {} })
    if (wrong) return `${one.name} ${wrong}`
  }
  return undefined
}

function machineUnfit(
  { memory }: PortableMachine,
  { machine, boot, files }: { readonly machine: Machine; readonly boot: Boot; readonly files: MachineFiles },
): string | undefined {
  if (memory.memoryMiB !== machine.memoryMiB)
    return `has ${memory.memoryMiB} MiB of memory, and ${machine.memoryMiB} MiB by the lab file`
  if (files.memory?.bytes !== machine.memoryMiB * 1024 ** 2)
    return 'has a memory file of another size than its memory'
  const wanted = ['memory', 'devices', ...writtenFiles(boot)].toSorted()
  if (JSON.stringify(Object.keys(files).toSorted()) !== JSON.stringify(wanted))
    return `has other files than ${wanted.join(', ')}`
  return undefined
}

/** Machines that this version starts with other hardware, images or kernel parameters than they were started with. */
export function otherHardware(
  instant: PortableInstant,
  { lab, boots }: Omit<Fitting, 'files'>,
): readonly string[] {
  return instant.machines.flatMap(({ name, hardware }) => {
    const machine = lab.top.machines.find((one) => one.name === name)
    const boot = boots.get(name)
    return machine && boot && hardwareDigest(machine, boot) === hardware ? [] : [name]
  })
}

/** The same content gives the same text, whatever the order in which its keys were written. */
function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
