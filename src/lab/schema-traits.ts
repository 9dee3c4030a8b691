/** The part of the schema that declares what only checks and sizes look at: virtual hardware, disks, roles, licences. */
import * as z from 'zod'
import { diskKinds, machineRoles, nicModels, weekDays } from './model-traits.ts'
import { described, keysOf, listOf, oneOf, plainText, textRead, wholeNumber, yesOrNo } from './schema-leaf.ts'
import { readDiskSize } from './sizes.ts'

const mostSettings = 200

export const day = z
  .string({ error: 'a day such as "2026-11-28"' })
  .regex(/^\d{4}-\d\d-\d\d$/, { error: 'a day such as "2026-11-28"' })

export const bootMedia = described(
  oneOf(['disk', 'usb', 'sd', 'network']),
  'What it starts from. Default `disk`.',
  'usb',
).optional()

export const logsKey = described(
  plainText('the name of a datastore, or `remote`', 200),
  'Where logs and scratch data go when the boot medium cannot hold them: a datastore, or `remote`.',
  'nas',
).optional()

const hardwareSchema = keysOf({
  version: described(
    wholeNumber(3, 30),
    'Virtual hardware version of vSphere. Default: the newest that the host knows.',
    19,
  ).optional(),
  configVersion: described(
    plainText('a version in quotes', 10),
    'Configuration version of Hyper-V, in quotes.',
    '9.3',
  ).optional(),
  guestId: described(
    plainText('a guest identifier', 60),
    'Guest operating system as vSphere calls it.',
    'vmkernel8Guest',
  ).optional(),
  exposeVirtualization: described(
    yesOrNo(),
    'Whether the machine sees VT-x or AMD-V. Default: true for a hypervisor, otherwise false.',
    true,
  ).optional(),
  execution: described(
    oneOf(['hardware', 'automatic', 'software']),
    'CPU/MMU virtualization mode. Default `hardware` for a hypervisor.',
    'hardware',
  ).optional(),
  cpuModel: described(
    plainText('a CPU model', 60),
    'CPU model as QEMU calls it. Default: that of the host.',
    'Westmere',
  ).optional(),
  coresPerSocket: described(wholeNumber(1, 960), 'Cores of each virtual socket. Default 1.', 2).optional(),
  firmware: described(oneOf(['bios', 'efi']), 'Firmware of the machine.', 'efi').optional(),
  vbs: described(
    yesOrNo(),
    'Virtualization-based security of Windows, which runs Hyper-V inside. Default false.',
    true,
  ).optional(),
  passthrough: described(
    listOf(plainText('the name of a device', 100), 32),
    'Devices of the host that the machine has for itself.',
    ['gpu'],
  ).optional(),
  dynamicMemory: described(
    yesOrNo(),
    'Whether Hyper-V may change the memory of the running machine.',
    false,
  ).optional(),
  processorCompatibility: described(
    yesOrNo(),
    'Processor compatibility mode of Hyper-V: the machine starts on older processors too.',
    true,
  ).optional(),
  automaticStop: described(
    oneOf(['shutdown', 'save', 'turn-off']),
    'What Hyper-V does with the machine when its host stops.',
    'shutdown',
  ).optional(),
  bits: described(
    z.union([z.literal(32), z.literal(64)], { error: '32 or 64' }),
    'Width of the guest. Default 64.',
    64,
  ).optional(),
  settings: described(
    z
      .record(z.string().max(100), z.string({ error: 'a text in quotes' }).max(500), {
        error: 'a map of settings',
      })
      .refine((settings) => Object.keys(settings).length <= mostSettings, {
        error: `a map of at most ${mostSettings}`,
      }),
    'Further settings by the names that the product has for them, each value in quotes.',
    { 'vhv.enable': 'TRUE' },
  ).optional(),
}).meta({ id: 'Hardware', description: 'Virtual hardware of a machine, as its host hypervisor names it.' })

export const diskSchema = keysOf({
  size: described(
    textRead('a size with its unit', readDiskSize),
    'Size of the empty disk, with its unit.',
    '40GiB',
  ),
  datastore: described(
    plainText('the name of a datastore', 200),
    'The datastore that holds it. Default: where the site keeps disks.',
    'nas',
  ).optional(),
  kind: described(oneOf(diskKinds), 'What kind of disk the machine sees.', 'ssd').optional(),
  thin: described(
    yesOrNo(),
    'Whether it takes only the space that is written. Default true.',
    true,
  ).optional(),
  use: described(oneOf(['cache', 'capacity']), 'Its part in vSAN.', 'cache').optional(),
}).meta({ id: 'Disk', description: 'A further, empty disk of a machine.' })

const time = z.string({ error: 'a time such as "07:30"' }).regex(/^([01]\d|2[0-3]):[0-5]\d$/, {
  error: 'a time such as "07:30"',
})

export const powerScheduleSchema = keysOf({
  on: described(time, 'When it is switched on, in UTC and in quotes.', '07:30').optional(),
  off: described(time, 'When it is shut down, in UTC and in quotes.', '19:00').optional(),
  days: described(
    listOf(oneOf(weekDays), weekDays.length).min(1, { error: 'at least one day' }),
    'The days of the week on which that happens, in UTC. Default: all.',
    ['mon', 'tue', 'wed', 'thu', 'fri'],
  ).optional(),
})
  .superRefine(({ on, off }, context) => {
    if (on !== off) return
    const message =
      on === undefined
        ? 'A schedule without a time does nothing.'
        : 'It would be switched on and off at once.'
    context.addIssue({ code: 'custom', message, params: { remedy: 'Write `on`, `off`, or both.' } })
  })
  .meta({ id: 'PowerSchedule', description: 'When something is switched on and off by the clock.' })

const cloneSchema = keysOf({
  of: described(
    plainText('the path of a machine', 600),
    'The machine that was copied: one of the lab, or on vSphere one that was prepared on the site.',
    'esxi-1',
  ),
  linked: described(
    yesOrNo(),
    'Whether its disks hold only what differs from a snapshot of that machine. Default false: all is copied.',
    true,
  ).optional(),
  snapshot: described(
    plainText('the name of a snapshot', 80),
    'The snapshot that a linked copy lies on. Default: the one that is current.',
    'sealed',
  ).optional(),
  followsMac: described(
    yesOrNo(),
    'Whether the VMkernel follows the MAC of its virtual NIC (/Net/FollowHardwareMac). Default false.',
    true,
  ).optional(),
  newUuid: described(
    yesOrNo(),
    'Whether the system UUID was removed before copying, so that the copy makes its own. Default false.',
    true,
  ).optional(),
  resignature: described(
    yesOrNo(),
    'Whether the VMFS datastores inside get a new signature. Default false.',
    true,
  ).optional(),
}).meta({ id: 'Clone', description: 'What was done to make a copy a machine of its own.' })

const licenceSchema = keysOf({
  kind: described(
    oneOf(['purchased', 'evaluation', 'free', 'subscription']),
    'How the product is licensed.',
    'evaluation',
  ),
  since: described(day, 'First day of an evaluation.', '2026-11-28').optional(),
}).meta({ id: 'Licence', description: 'The licence of a product.' })

/** Keys of machines and templates. */
export const traitsShape = {
  role: described(
    oneOf(machineRoles),
    'What the machine is there for, where its size and what depends on it follow from that.',
    'vcenter',
  ).optional(),
  manages: described(
    listOf(plainText('the name of a cluster', 200), 1000),
    'Clusters that this machine manages, as a vCenter does.',
    ['compute'],
  ).optional(),
  os: described(plainText('a text', 60), 'Its operating system.', 'windows-server-2022').optional(),
  hardware: described(hardwareSchema, 'Virtual hardware of the machine.', { version: 19 }).optional(),
  bootDisk: described(
    textRead('a size with its unit', readDiskSize),
    'Size of the disk it starts from, with the unit. Default: that of the image.',
    '32GiB',
  ).optional(),
  bootMedia,
  logs: logsKey,
  disks: described(listOf(diskSchema, 32), 'Further, empty disks.', [{ size: '40GiB' }]).optional(),
  iso: described(
    oneOf(['host-device', 'datastore']),
    'Where its installer comes from: a drive that the host passes through, or a copy on a datastore inside.',
    'host-device',
  ).optional(),
  tools: described(
    oneOf(['built-in', 'vib', 'none']),
    'VMware Tools: part of the system, the package for nested ESXi 5, or none.',
    'vib',
  ).optional(),
  clone: described(cloneSchema, 'Says that the machine is a copy of another one.', {
    of: 'esxi-1',
  }).optional(),
  powerSchedule: described(
    powerScheduleSchema,
    'When it is switched on and off by the clock of its vCenter, whether or not a command of Nestlab runs then.',
    { on: '07:30', off: '19:00' },
  ).optional(),
  licence: described(licenceSchema, 'Its licence.', { kind: 'evaluation' }).optional(),
  dns: described(listOf(plainText('an IPv4 address', 40), 8), 'Addresses of its name servers.', [
    '10.0.0.2',
  ]).optional(),
} as const

export const nicModel = described(
  oneOf(nicModels),
  'The card that the guest sees. Default: what the product of the host chooses.',
  'vmxnet3',
).optional()

export type TraitsInput = z.output<z.ZodObject<typeof traitsShape>>
