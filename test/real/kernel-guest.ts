/** A kvm-node whose NICs end at sockets of a test, so that its kernel's bridge lies between those. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openGuests } from '#guests'
import type { Host } from '#host'
import type { ImageFile, Machine, ResolvedLab } from '#lab'

const state = resolve(process.env.NESTLAB_HOME ?? '.cache/home', 'state')
const imagesFolder = join(state, 'images')
const guests = openGuests({ imagesFolder, scratchFolder: join(state, 'scratch') })

export interface KernelGuest {
  readonly host: Host
  readonly links: readonly { readonly device: string; readonly socket: string }[]
  close(): Promise<void>
}

function machineOf(nics: number): Machine {
  return {
    path: 'kernel',
    name: 'kernel',
    level: 1,
    uuid: '5f0c7f5e-0000-4000-8000-00000000000e',
    image: { from: 'catalogue', name: 'kvm-node' },
    cpus: 1,
    memoryMiB: 384,
    nics: Array.from({ length: nics }, (_, at) => ({
      name: `nic${at}`,
      switchName: 'none',
      portgroup: 'none',
      mac: `52:54:00:0e:00:${at.toString(16).padStart(2, '0')}`,
    })),
    hypervisor: { product: 'kvm', inside: { owner: 'kernel', switches: [], machines: [] } },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address ? address.port : 0
}

export async function bootKernelGuest(nicCount: number, signal: AbortSignal): Promise<KernelGuest> {
  const machine = machineOf(nicCount)
  const top = { owner: '', switches: [], machines: [machine] }
  const lab: ResolvedLab = { name: 'kernel-guest', site: 'local', top, pending: [] }
  await guests.provide(lab, () => {}, signal)
  const keys = await guests.makeKeys()
  const boot = await guests.boot(lab, machine, keys)
  const folder = await mkdtemp(join(tmpdir(), 'nestlab-kernel-'))
  const settings = join(folder, 'settings')
  await writeFile(settings, boot.settings, { mode: 0o600 })
  const port = await freePort()
  const file = (one: ImageFile | undefined) => join(imagesFolder, one?.image ?? '', one?.file ?? '')
  const links = machine.nics.map(({ name }) => ({ device: name, socket: join(folder, name) }))
  const disks = boot.disks.flatMap((disk, at) =>
    disk.kind === 'made'
      ? []
      : [
          ...['-drive', `if=none,id=d${at},format=raw,readonly=on,file=${file(disk.source)}`],
          ...['-device', `virtio-blk-pci,drive=d${at},serial=${disk.kind}`],
        ],
  )
  const nics = machine.nics.flatMap(({ name, mac }, at) => [
    ...['-netdev', `stream,id=${name},server=on,addr.type=unix,addr.path=${links[at]?.socket}`],
    ...['-device', `virtio-net-pci,netdev=${name},mac=${mac},romfile=`],
  ])
  const control = `user,id=control,restrict=on,hostfwd=tcp:127.0.0.1:${port}-:22`
  const args = [
    ...['-accel', 'tcg,thread=multi', '-cpu', 'max', '-nodefaults', '-no-user-config'],
    ...['-display', 'none', '-vga', 'none', '-m', `${machine.memoryMiB}`, '-append', boot.cmdline ?? ''],
    ...['-kernel', file(boot.kernel), '-initrd', file(boot.initrd), ...disks, ...nics],
    ...['-fw_cfg', `name=opt/nestlab/settings,file=${settings}`, '-netdev', control],
    ...['-device', 'virtio-net-pci,netdev=control,mac=52:54:00:fe:fe:01,romfile='],
  ]
  const qemu = spawn('qemu-system-x86_64', args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const ended = once(qemu, 'exit')
  const close = async () => {
    qemu.kill('SIGKILL')
    await ended
    await rm(folder, { recursive: true })
  }
  try {
    const host = await entered(async () => connect(port, '127.0.0.1'), { keys, signal })
    return {
      host,
      links,
      close: async () => {
        await host.close().catch(() => undefined)
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

type Way = Parameters<typeof guests.enter>[1]
type Keys = Parameters<typeof guests.enter>[2]

async function entered(way: Way, { keys, signal }: { keys: Keys; signal: AbortSignal }): Promise<Host> {
  for (;;) {
    signal.throwIfAborted()
    try {
      return await guests.enter('kernel', way, keys, signal)
    } catch {
      await sleep(100, undefined, { signal })
    }
  }
}
