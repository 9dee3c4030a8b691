/** From what machines answer to what is said about them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readCpuInfo } from './cpu.ts'
import { generationOf } from './cpu-generations.ts'
import { findingsOf } from './examine.ts'
import { readFacts } from './facts.ts'
import * as samples from './samples.ts'
import type { AcceleratorVerdict } from './verdict.ts'

const kvm: AcceleratorVerdict = {
  accelerator: 'kvm',
  because: 'A guest came up with it.',
  proven: true,
  provenAt: '2026-01-01T00:00:00.000Z',
  qemuVersion: '7.2.22',
  bootId: 'b',
}

function findings(changes: Readonly<Record<string, string>> = {}, verdict = kvm) {
  const facts = readFacts(new Map(Object.entries({ ...samples.GOOD_MACHINE, ...changes })))
  return findingsOf(facts, verdict)
}

function only(id: string, changes: Readonly<Record<string, string>>, verdict = kvm) {
  const found = findings(changes, verdict).find((one) => one.id === id)
  assert.ok(found, `there is a finding ${id}`)
  return found
}

describe('A generation is told by family, model and stepping', () => {
  const cases: readonly (readonly [string, string, string | undefined])[] = [
    ['an Intel Haswell server', samples.HASWELL_SERVER, 'Haswell'],
    ['an Intel Nehalem', samples.NEHALEM, 'Nehalem'],
    ['an Intel Core 2', samples.CORE2, 'Penryn'],
    ['an AMD EPYC of the second generation', samples.ROME, 'Zen 2'],
    ['a virtual Emerald Rapids', samples.CLOUD_WITHOUT_VTX, 'Emerald Rapids'],
    ['a Pentium 4', samples.PENTIUM4_32BIT, undefined],
  ]
  for (const [name, text, expected] of cases)
    it(name, () => {
      const cpu = readCpuInfo(text)
      assert.ok(cpu)
      assert.equal(generationOf(cpu)?.name, expected)
      assert.equal(cpu.count, 2)
    })

  it('the server processors that share a model number by their stepping', () => {
    const name = (stepping: number) =>
      generationOf({ vendor: 'intel', family: 6, model: 0x55, stepping })?.name
    assert.deepEqual([name(4), name(7), name(11)], ['Skylake', 'Cascade Lake', 'Cooper Lake'])
  })

  it('and every AMD model of a family in the table by at most one row', () => {
    const zen = [0x01, 0x08, 0x11, 0x18, 0x31, 0x71].map((model) =>
      generationOf({ vendor: 'amd', family: 0x17, model, stepping: 0 }),
    )
    assert.deepEqual(
      zen.map((generation) => generation?.name),
      ['Zen', 'Zen+', 'Zen', 'Zen+', 'Zen 2', 'Zen 2'],
    )
  })
})

describe('What is no /proc/cpuinfo of x86', () => {
  for (const [name, text] of [
    ['of an ARM machine', samples.ARM],
    ['empty', ''],
    ['garbage', '\0\x01\x02:::\n\n\nprocessor : \n: :'],
  ] as const)
    it(`${name}: is called a no, with what to do`, () => {
      const found = only('cpu.vendor', { cpuinfo: text })
      assert.equal(found.verdict, 'no')
      assert.match(found.remedy ?? '', /Intel or AMD/)
    })
})

describe('Findings', () => {
  it('are all yes on a machine on which everything is as it should be', () => {
    assert.deepEqual(
      findings().filter(({ verdict }) => verdict !== 'yes'),
      [],
    )
  })

  it('say for everything but a yes what it means and what to do', () => {
    const machines = [
      samples.CLOUD_WITHOUT_VTX,
      samples.CORE2,
      samples.PENTIUM4_32BIT,
      samples.ARM,
      samples.ROME,
    ]
    const everythingMissing = Object.fromEntries(Object.keys(samples.GOOD_MACHINE).map((key) => [key, '']))
    const all = [
      ...machines.map((text) => ({ ...everythingMissing, cpuinfo: text })),
      everythingMissing,
    ].flatMap((changes) =>
      findings(changes, { ...kvm, accelerator: 'none', because: 'None.', remedy: 'Install it.' }),
    )
    for (const { id, verdict, means, remedy } of all) {
      assert.ok(means, id)
      if (verdict !== 'yes') assert.ok(remedy, `${id} is ${verdict}, so it needs a remedy`)
    }
  })

  it('have ids of their own', () => {
    const ids = findings().map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length)
  })

  const cases: readonly (readonly [string, string, Readonly<Record<string, string>>, string, RegExp])[] = [
    [
      'a processor whose VT-x is off',
      'cpu.virtualization',
      { cpuinfo: samples.CLOUD_WITHOUT_VTX },
      'no',
      /firmware/,
    ],
    ['a processor without EPT', 'cpu.slat', { cpuinfo: samples.CORE2 }, 'no', /newer processor/],
    ['a generation without EPT', 'cpu.generation', { cpuinfo: samples.CORE2 }, 'no', /Nehalem/],
    ['AMD-V with NPT', 'cpu.slat', { cpuinfo: samples.ROME }, 'yes', /^$/],
    [
      'a processor before VMCS shadowing',
      'cpu.shadow-vmcs',
      { cpuinfo: samples.NEHALEM },
      'partly',
      /Haswell/,
    ],
    [
      'a kernel that does not tell',
      'cpu.shadow-vmcs',
      { cpuinfo: samples.OLD_KERNEL_BROADWELL },
      'unknown',
      /5\.9/,
    ],
    ['a 32-bit processor', 'cpu.64bit', { cpuinfo: samples.PENTIUM4_32BIT }, 'no', /64-bit/],
    ['an unknown generation', 'cpu.generation', { cpuinfo: samples.PENTIUM4_32BIT }, 'unknown', /flags/],
    ['a virtual machine', 'machine.bare-metal', { cpuinfo: samples.CLOUD_WITHOUT_VTX }, 'partly', /expose/],
    ['no KVM module though the CPU could', 'kvm.module', { kvm_modules: '' }, 'no', /modprobe kvm_intel/],
    ['a paravirtual KVM', 'kvm.module', { kvm_modules: 'kvm\nkvm_pvm' }, 'partly', /proof/],
    [
      'nesting switched off',
      'kvm.nested',
      { kvm_intel: 'nested=N\nept=Y\nenable_shadow_vmcs=Y' },
      'no',
      /kvm_intel nested=1/,
    ],
    [
      'nesting switched off at AMD',
      'kvm.nested',
      { kvm_intel: '', kvm_amd: 'nested=0\nnpt=Y' },
      'no',
      /kvm_amd nested=1/,
    ],
    ['an unreadable parameter', 'kvm.nested', { kvm_intel: 'nested=\nept=Y' }, 'unknown', /cat \/sys/],
    [
      'shadow VMCS not used',
      'kvm.shadow-vmcs',
      { kvm_intel: 'nested=Y\nept=Y\nenable_shadow_vmcs=N' },
      'partly',
      /enable_shadow_vmcs=1/,
    ],
    [
      'no /dev/kvm in a container',
      'kvm.device',
      { device: '', device_usable: '' },
      'no',
      /--device \/dev\/kvm/,
    ],
    ['no right to /dev/kvm', 'kvm.device', { device_usable: '' }, 'no', /usermod -aG kvm anna/],
    [
      '/dev/kvm of root alone',
      'kvm.device',
      { device: 'root root 600', device_usable: '' },
      'no',
      /chgrp kvm/,
    ],
    ['no QEMU', 'qemu.version', { qemu_version: '' }, 'no', /qemu-system-x86/],
    ['an old QEMU', 'qemu.version', { qemu_version: 'QEMU emulator version 5.2.0 (Debian)' }, 'no', /7\.2/],
    [
      'a QEMU without stream sockets',
      'qemu.netdev-stream',
      { qemu_netdevs: 'Available netdev backend types:\nuser' },
      'no',
      /Debian 12/,
    ],
    ['a missing program', 'tools', { tools: 'apt-get\ndpkg-deb\nmkfs.erofs' }, 'no', /qemu-utils/],
    [
      'little memory',
      'memory',
      { meminfo: 'MemTotal: 1000000 kB\nMemAvailable: 500000 kB' },
      'no',
      /add memory/,
    ],
    [
      'a full disk',
      'disk',
      {
        disk: 'Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 100 100 0 100% /my files',
      },
      'no',
      /NESTLAB_HOME/,
    ],
    [
      'few open files',
      'limits.files',
      { limits: 'Max open files            256                  4096                 files' },
      'partly',
      /ulimit -n/,
    ],
    ['no user namespaces', 'user-namespaces', { namespaces: '' }, 'partly', /sysctl/],
  ]
  for (const [name, id, changes, verdict, remedy] of cases)
    it(`${name}: ${id} is ${verdict}`, () => {
      const found = only(id, changes)
      assert.equal(found.verdict, verdict)
      assert.match(found.remedy ?? '', remedy)
    })

  it('name the mount point of a disk, spaces included', () => {
    const disk =
      'Filesystem 1024-blocks Used Available Capacity Mounted on\n//nas/a share 9 9 20971520 1% /my files'
    assert.equal(only('disk', { disk }).value, '20.0 GiB free on /my files')
  })

  it('call an accelerator that nothing was run for unknown, a proven TCG no', () => {
    const tcg = { ...kvm, accelerator: 'tcg' as const, because: 'It hung.', remedy: 'Go on.' }
    assert.equal(only('accelerator', {}, tcg).verdict, 'no')
    assert.equal(only('accelerator', {}, { ...tcg, proven: false }).verdict, 'unknown')
  })
})
