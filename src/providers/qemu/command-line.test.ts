import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Boot, Machine } from '#lab'
import { levelPaths, machinePaths } from '#store'
import { commandLine, option, type Place } from './command-line.ts'
import { recordOf } from './record.ts'

const level = levelPaths({ state: '/s', run: '/r' }, 'demo')
const image = 'ab'.repeat(32)

const machine: Machine = {
  path: 'kvm-1',
  name: 'kvm-1',
  level: 1,
  uuid: '6ba7b810-9dad-51d1-80b4-00c04fd430c8',
  image: { from: 'catalogue', name: 'kvm-node' },
  cpus: 2,
  memoryMiB: 1024,
  nics: [{ name: 'nic0', switchName: 'vSwitch0', portgroup: 'trunk', mac: '52:54:00:00:00:01' }],
  hypervisor: { product: 'kvm', inside: { owner: 'kvm-1', switches: [], machines: [] } },
}
const boot: Boot = {
  hasAgent: true,
  kernel: { image, file: 'vmlinuz' },
  initrd: { image, file: 'initrd.img' },
  cmdline: 'console=ttyS0 quiet',
  disks: [
    { kind: 'image', source: { image, file: 'disk.qcow2' }, format: 'qcow2', overlay: true },
    { kind: 'made', content: new Uint8Array([1]), serial: 'seed' },
    { kind: 'library', source: { image, file: 'library.img' } },
  ],
  settings: 'hostname=kvm-1\n',
}
const outside: Place = {
  paths: machinePaths(level, 'kvm-1'),
  imagesFolder: '/images',
  accelerator: { name: 'tcg', cpuModel: 'max' },
  controlPort: 20022,
  netdev: (nic) => ['stream', { server: 'on', 'addr.type': 'unix', 'addr.path': `/r/${nic.name}.sock` }],
  sandbox: true,
}

const lineOf = (place: Place, given: Partial<Machine> = {}, booted: Boot = boot) =>
  commandLine(recordOf({ machine: { ...machine, ...given }, boot: booted, digest: 'd' }), place)

test('the command line of a machine at level 0', () => {
  const i = `/images/${image}`
  const state = '/s/labs/demo/machines/kvm-1'
  const run = '/r/demo/kvm-1'
  assert.deepEqual(lineOf(outside), [
    'qemu-system-x86_64',
    ...['-name', 'guest=kvm-1', '-pidfile', `${state}/qemu.pid`, '-uuid', machine.uuid],
    ...['-accel', 'tcg,thread=multi', '-cpu', 'max', '-machine', 'pc,vmport=off'],
    ...['-smp', 'cpus=2,sockets=1,cores=2,threads=1', '-m', 'size=1024M'],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-vga', 'none'],
    ...['-kernel', `${i}/vmlinuz`, '-initrd', `${i}/initrd.img`, '-append', 'console=ttyS0 quiet'],
    ...['-fw_cfg', `name=opt/nestlab/settings,file=${state}/settings`],
    '-blockdev',
    `driver=qcow2,node-name=disk0,file.driver=file,file.filename=${state}/disk0,discard=unmap`,
    ...['-device', 'virtio-blk-pci,drive=disk0,id=disk0-device,serial=disk0,bootindex=1'],
    '-blockdev',
    `driver=raw,node-name=disk1,file.driver=file,file.filename=${state}/disk1,read-only=on`,
    ...['-device', 'virtio-blk-pci,drive=disk1,id=disk1-device,serial=seed'],
    '-blockdev',
    `driver=raw,node-name=disk2,file.driver=file,file.filename=${i}/library.img,read-only=on`,
    ...['-device', 'virtio-blk-pci,drive=disk2,id=disk2-device,serial=library'],
    ...['-netdev', 'stream,id=net-nic0,server=on,addr.type=unix,addr.path=/r/nic0.sock'],
    ...['-device', 'virtio-net-pci,netdev=net-nic0,id=nic0,mac=52:54:00:00:00:01,romfile='],
    ...['-netdev', 'user,id=net-ctl0,restrict=on,ipv6=off,hostfwd=tcp:127.0.0.1:20022-:22'],
    ...['-device', 'virtio-net-pci,netdev=net-ctl0,id=ctl0,mac=52:54:00:fe:fe:01,romfile='],
    '-chardev',
    `socket,id=console,path=${run}/console.sock,server=on,wait=off,logfile=${state}/console.log,logappend=on`,
    ...['-serial', 'chardev:console'],
    ...['-chardev', `socket,id=qmp,path=${run}/qmp.sock,server=on,wait=off`],
    ...['-mon', 'chardev=qmp,mode=control'],
    ...['-chardev', `socket,id=qmp-net,path=${run}/qmp-net.sock,server=on,wait=off`],
    ...['-mon', 'chardev=qmp-net,mode=control'],
    ...[
      '-device',
      'virtio-serial-pci',
      '-chardev',
      `socket,id=agent,path=${run}/agent.sock,server=on,wait=off`,
    ],
    ...['-device', 'virtserialport,chardev=agent,name=org.qemu.guest_agent.0'],
    ...['-object', 'rng-random,id=rng,filename=/dev/urandom', '-device', 'virtio-rng-pci,rng=rng'],
    ...['-sandbox', 'on,obsolete=deny,resourcecontrol=deny', '-daemonize'],
  ])
})

test('an emulated hypervisor gets one CPU, and a machine that wants the small board a PC', () => {
  const line = lineOf(outside, {}, { ...boot, oneCpuEmulated: true, board: 'microvm' })
  assert.ok(line.includes('cpus=1,sockets=1,cores=1,threads=1'))
  assert.ok(line.includes('pc,vmport=off'))
})

test('with KVM a machine that wants it gets the small board, without PCI, and all its CPUs', () => {
  const place: Place = { ...outside, accelerator: { name: 'kvm', cpuModel: 'host' } }
  const line = lineOf(place, {}, { ...boot, oneCpuEmulated: true, board: 'microvm' })
  assert.ok(line.includes('cpus=2,sockets=1,cores=2,threads=1'))
  assert.ok(line.includes('microvm,rtc=on,pit=off'))
  assert.doesNotMatch(line.join(' '), /-pci|romfile/)
})

test('a machine that goes on from a file of memory maps it for itself, under the name its state knows it by', () => {
  const line = lineOf({ ...outside, incoming: { use: 'copied', memoryFile: '/f,1/memory' } })
  assert.ok(line.includes('pc,vmport=off,memory-backend=pc.ram'))
  const backend =
    'memory-backend-file,id=pc.ram,size=1024M,mem-path=/f,,1/memory,share=off,x-use-canonical-path-for-ramblock-id=off'
  assert.deepEqual(line.slice(line.indexOf(backend) - 1, line.indexOf(backend) + 4), [
    ...['-object', backend],
    ...['-incoming', 'defer', '-S'],
  ])
  assert.ok(line.some((word) => word.startsWith('driver=qcow2,node-name=disk0,')))
})

test('a process that only writes memory down shares the file and opens no disk', () => {
  const { controlPort: _, ...nowhere } = outside
  const incoming = { use: 'written', memoryFile: '/f/memory' } as const
  const line = lineOf({ ...nowhere, netdev: () => ['hubport', { hubid: 0 }], incoming })
  assert.match(line.join(' '), /mem-path=\/f\/memory,share=on,/)
  assert.deepEqual(
    line.filter((_, index) => line[index - 1] === '-blockdev'),
    [
      'driver=null-co,node-name=disk0',
      'driver=null-co,node-name=disk1,read-only=on',
      'driver=null-co,node-name=disk2,read-only=on',
    ],
  )
  assert.doesNotMatch(line.join(' '), /hostfwd|\.qcow2|disk0,discard/)
})

test('without an agent in the guest there is no channel for one', () => {
  const { hasAgent: _, ...rest } = boot
  assert.doesNotMatch(lineOf(outside, {}, rest).join(' '), /guest_agent|agent\.sock/)
})

test('inside a hypervisor KVM is used, the library device is passed on, and NICs are taps', () => {
  const inside: Place = {
    ...outside,
    accelerator: { name: 'kvm', cpuModel: 'host' },
    libraryDevice: '/run/nestlab/library.dev',
    netdev: () => ['tap', { ifname: 'web-nic0', script: 'no', downscript: 'no', vhost: 'off' }],
    sandbox: false,
  }
  const line = lineOf(inside)
  const library =
    'driver=raw,node-name=disk2,file.driver=host_device,file.filename=/run/nestlab/library.dev,read-only=on'
  const tap = 'tap,id=net-nic0,ifname=web-nic0,script=no,downscript=no,vhost=off'
  for (const word of ['kvm', 'host', library, tap]) assert.ok(line.includes(word), word)
  assert.ok(!line.includes('-sandbox'))
})

test('no path can add an option of its own', () => {
  assert.equal(option(['socket', { path: '/a,server=off/b' }]), 'socket,path=/a,,server=off/b')
  const paths = machinePaths(levelPaths({ state: '/s,readonly=off', run: '/r,x=y' }, 'demo'), 'kvm-1')
  const line = lineOf({ ...outside, paths })
  assert.ok(
    line.includes(`name=opt/nestlab/settings,file=/s,,readonly=off/labs/demo/machines/kvm-1/settings`),
  )
  // `-pidfile` takes the path as it is.
  assert.ok(line.includes('/s,readonly=off/labs/demo/machines/kvm-1/qemu.pid'))
})

test('kernel parameters stay one argument, whatever they hold', () => {
  const cmdline = 'quiet -drive file=/etc/shadow; $(reboot)'
  assert.ok(lineOf(outside, {}, { ...boot, cmdline }).includes(cmdline))
})

for (const [what, given] of Object.entries<Partial<Machine>>({
  'a name with an option': { name: 'web,process=x' },
  'a name that leads elsewhere': { name: '../web' },
  'an empty name': { name: '' },
  'a MAC with an option': { nics: [{ ...machine.nics[0], mac: '52:54:00:00:00:01,x=y' } as never] },
  'a NIC with a blank': { nics: [{ ...machine.nics[0], name: 'nic 0' } as never] },
  'a UUID that is none': { uuid: 'x' },
})) {
  test(`${what} is refused`, () => {
    assert.throws(() => lineOf(outside, given), { code: 'name-unsafe' })
  })
}

test('an image file outside the image folder is refused', () => {
  const escaping: Boot = { ...boot, kernel: { image, file: '../../etc/passwd' } }
  assert.throws(() => lineOf(outside, {}, escaping), { code: 'name-unsafe' })
  const wrongFolder: Boot = { ...boot, kernel: { image: '..', file: 'vmlinuz' } }
  assert.throws(() => lineOf(outside, {}, wrongFolder), { code: 'name-unsafe' })
})

test('the record of a machine holds no secrets and nothing of what is inside', () => {
  const text = JSON.stringify(recordOf({ machine, boot, digest: 'd' }))
  assert.doesNotMatch(text, /hostname|hypervisor|content/)
})
