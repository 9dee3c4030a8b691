/** The QEMU command line of a machine: a pure function of its record and the place it runs in. */
import { posix } from 'node:path'
import type { ImageFile, Nic } from '#lab'
import type { MachinePaths } from '#store'
import { checked, checkMachine } from './names.ts'
import type { MachineRecord, RecordedDisk } from './record.ts'

export interface Accelerator {
  readonly name: 'tcg' | 'kvm'
  /** `max` for TCG, `host` for KVM, or a model of QEMU's list. */
  readonly cpuModel: string
}

/** Where a machine's process runs; the same for all machines of a level, but for `paths` and `controlPort`. */
export interface Place {
  readonly paths: MachinePaths
  readonly imagesFolder: string
  /** Inside a hypervisor: the block device of the library, passed on as it is. */
  readonly libraryDevice?: string
  readonly accelerator: Accelerator
  /** Loopback TCP port that leads to the guest's SSH; absent for a process that never runs its guest. */
  readonly controlPort?: number
  /** Value of `-netdev` without its id. */
  readonly netdev: (nic: Nic) => Options
  /** QEMU's system call filter. Off inside a hypervisor, which is a cage already. */
  readonly sandbox: boolean
  /** The machine is not booted: its state comes from elsewhere. */
  readonly incoming?: Incoming
}

/**
 * `written`: what comes in is written to the file, by a process that never runs and has no disks.
 * `copied`: pages are read from the file, and belong to the machine once it writes to them.
 * `moved`: memory comes in as well.
 */
export type Incoming =
  | { readonly use: 'written' | 'copied'; readonly memoryFile: string }
  | { readonly use: 'moved' }

/** `[kind, { key: value }]`, written as QEMU's `kind,key=value,…`. */
export type Options = readonly [kind: string, values: Readonly<Record<string, string | number>>]

export const qemuProgram = 'qemu-system-x86_64'
/** Every control network has one guest only, so all guests can have the same address in it. */
export const controlMac = '52:54:00:fe:fe:01'

/** In option values only the comma means anything; it is written twice (QEMU's "Options" in qemu(1)). */
export function option([kind, values]: Options): string {
  const pairs = Object.entries(values).map(([key, value]) => `,${key}=${String(value).replaceAll(',', ',,')}`)
  return kind.replaceAll(',', ',,') + pairs.join('')
}

export function commandLine(record: MachineRecord, place: Place): readonly string[] {
  checkMachine(record.machine)
  return [
    qemuProgram,
    ...identity(record, place),
    ...board(record, place),
    ...boot(record, place),
    ...record.boot.disks.flatMap((disk, index) =>
      diskArguments(disk, { index, device: virtio(record, place, 'blk') }, place),
    ),
    ...record.machine.nics.flatMap((nic) => nicArguments(record, nic, place)),
    ...controlNic(record, place),
    ...consoleAndMonitors(place),
    ...(record.boot.hasAgent ? agentChannel(record, place) : []),
    ...randomness(record, place),
    ...(place.incoming ? incomingArguments(record, place, place.incoming) : []),
    ...(place.sandbox ? ['-sandbox', 'on,obsolete=deny,resourcecontrol=deny'] : []),
    '-daemonize',
  ]
}

/** First of all, since `inspect` and every `kill` know a process by the path of its pid file. */
function identity({ machine }: MachineRecord, { paths }: Place): string[] {
  return ['-name', option([`guest=${machine.name}`, {}]), '-pidfile', paths.pid, '-uuid', machine.uuid]
}

function board(record: MachineRecord, place: Place): string[] {
  const { machine, boot } = record
  const { accelerator } = place
  const emulated = accelerator.name === 'tcg'
  const threads = emulated ? { thread: 'multi' } : {}
  const cpus = emulated && boot.oneCpuEmulated ? 1 : machine.cpus
  return [
    ...['-accel', option([accelerator.name, threads])],
    ...['-cpu', accelerator.cpuModel],
    ...['-machine', boardOption(record, place)],
    ...(onMicrovm(record, place) ? ['-bios', 'qboot.rom'] : []),
    ...['-smp', option([`cpus=${cpus}`, { sockets: 1, cores: cpus, threads: 1 }])],
    ...['-m', `size=${machine.memoryMiB}M`],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-vga', 'none'],
  ]
}

function boardOption(record: MachineRecord, place: Place): string {
  // Linux takes its time from KVM and leaves the old timer as the firmware left it: waking QEMU 36 times a second.
  const board = onMicrovm(record, place) ? 'microvm,rtc=on,pit=off' : 'pc,vmport=off'
  const hasFile = place.incoming !== undefined && place.incoming.use !== 'moved'
  return hasFile ? `${board},memory-backend=${memoryName(record, place)}` : board
}

/** The name QEMU gives to the memory of such a board by itself: a state fits only memory of the same name. */
function memoryName(record: MachineRecord, place: Place): string {
  return onMicrovm(record, place) ? 'microvm.ram' : 'pc.ram'
}

function incomingArguments(record: MachineRecord, place: Place, incoming: Incoming): string[] {
  const waiting = ['-incoming', 'defer', '-S']
  if (incoming.use === 'moved') return waiting
  const { memoryFile, use } = incoming
  const memory = {
    id: memoryName(record, place),
    size: `${record.machine.memoryMiB}M`,
    'mem-path': memoryFile,
    share: use === 'written' ? 'on' : 'off',
    'x-use-canonical-path-for-ramblock-id': 'off',
  }
  return ['-object', option(['memory-backend-file', memory]), ...waiting]
}

function boot({ boot: { kernel, initrd, cmdline, hasSettings } }: MachineRecord, place: Place): string[] {
  const settings = option(['name=opt/nestlab/settings', { file: place.paths.settings }])
  return [
    ...(kernel ? ['-kernel', imagePath(kernel, place)] : []),
    ...(initrd ? ['-initrd', imagePath(initrd, place)] : []),
    ...(kernel && cmdline ? ['-append', cmdline] : []),
    ...(hasSettings ? ['-fw_cfg', settings] : []),
  ]
}

export function imagePath({ image, file }: ImageFile, { imagesFolder }: Pick<Place, 'imagesFolder'>): string {
  checked('digest of an image', image)
  return posix.join(imagesFolder, image, checked('name of an image file', file))
}

/** Virtio devices have one name on PCI and another on a board without it. */
function virtio(record: MachineRecord, place: Place, device: string): string {
  return onMicrovm(record, place) ? `virtio-${device}-device` : `virtio-${device}-pci`
}

/** Emulated, that board has no clock by which Linux could tell how fast the CPU counts: it would wait for ever. */
function onMicrovm(
  { boot }: Pick<MachineRecord, 'boot'>,
  { accelerator }: Pick<Place, 'accelerator'>,
): boolean {
  return boot.board === 'microvm' && accelerator.name === 'kvm'
}

function diskArguments(
  disk: RecordedDisk,
  { index, device: driver }: { readonly index: number; readonly device: string },
  place: Place,
): string[] {
  const node = `disk${index}`
  const { file, format, writable, serial } = diskSource(disk, index, place)
  const storage = file.startsWith('/dev/') || file === place.libraryDevice ? 'host_device' : 'file'
  const access = writable ? { discard: 'unmap' } : { 'read-only': 'on' }
  const blockdev = { 'node-name': node, 'file.driver': storage, 'file.filename': file, ...access }
  const device = { drive: node, id: `${node}-device`, serial: checked('serial number of a disk', serial) }
  const order = index === 0 ? { bootindex: 1 } : {}
  const nothing = { 'node-name': node, ...(writable ? {} : access) }
  return [
    ...(place.incoming?.use === 'written'
      ? ['-blockdev', option(['driver=null-co', nothing])]
      : ['-blockdev', option([`driver=${format}`, blockdev])]),
    ...['-device', option([driver, { ...device, ...order }])],
  ]
}

function diskSource(disk: RecordedDisk, index: number, place: Place) {
  switch (disk.kind) {
    case 'image': {
      const serial = `disk${index}`
      if (disk.overlay) return { file: place.paths.disk(index), format: 'qcow2', writable: true, serial }
      return { file: imagePath(disk.source, place), format: disk.format, writable: false, serial }
    }
    case 'made':
      return { file: place.paths.disk(index), format: 'raw', writable: false, serial: disk.serial }
    case 'library': {
      const file = place.libraryDevice ?? imagePath(disk.source, place)
      return { file, format: 'raw', writable: false, serial: 'library' }
    }
    default:
      return disk satisfies never
  }
}

/** The device has the NIC's name, by which the switch process asks for its MAC filter; the back end needs another. */
function nicArguments(record: MachineRecord, nic: Nic, place: Place): string[] {
  const [kind, values] = place.netdev(nic)
  return [
    ...['-netdev', option([kind, { id: `net-${nic.name}`, ...values }])],
    ...['-device', nicDevice(record, place, { netdev: `net-${nic.name}`, id: nic.name, mac: nic.mac })],
  ]
}

function controlNic(record: MachineRecord, place: Place): string[] {
  const { controlPort } = place
  const forward = controlPort === undefined ? {} : { hostfwd: `tcp:127.0.0.1:${controlPort}-:22` }
  return [
    ...['-netdev', option(['user', { id: 'net-ctl0', restrict: 'on', ipv6: 'off', ...forward }])],
    ...['-device', nicDevice(record, place, { netdev: 'net-ctl0', id: 'ctl0', mac: controlMac })],
  ]
}

/** Without its boot ROM: loading iPXE costs a visible part of a second. */
function nicDevice(record: MachineRecord, place: Place, values: Readonly<Record<string, string>>): string {
  const rom = onMicrovm(record, place) ? {} : { romfile: '' }
  return option([virtio(record, place, 'net'), { ...values, ...rom }])
}

const socketServer = (id: string, path: string) => ({ id, path, server: 'on', wait: 'off' })

function consoleAndMonitors({ paths }: Place): string[] {
  const log = { logfile: paths.console, logappend: 'on' }
  return [
    ...['-chardev', option(['socket', { ...socketServer('console', paths.consoleSocket), ...log }])],
    ...['-serial', 'chardev:console'],
    ...['-chardev', option(['socket', socketServer('qmp', paths.qmpSocket)])],
    ...['-mon', 'chardev=qmp,mode=control'],
    ...['-chardev', option(['socket', socketServer('qmp-net', paths.switchQmpSocket)])],
    ...['-mon', 'chardev=qmp-net,mode=control'],
  ]
}

function agentChannel(record: MachineRecord, place: Place): string[] {
  return [
    ...['-device', virtio(record, place, 'serial')],
    ...['-chardev', option(['socket', socketServer('agent', place.paths.agentSocket)])],
    ...['-device', 'virtserialport,chardev=agent,name=org.qemu.guest_agent.0'],
  ]
}

function randomness(record: MachineRecord, place: Place): string[] {
  return [
    '-object',
    'rng-random,id=rng,filename=/dev/urandom',
    '-device',
    `${virtio(record, place, 'rng')},rng=rng`,
  ]
}
