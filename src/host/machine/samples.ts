/** Answers of machines as they really look, for tests: shortened to what is read. */

const INTEL_COMMON =
  'fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2 ss ht syscall nx pdpe1gb rdtscp lm constant_tsc aes xsave avx'

interface CpuSample {
  readonly vendor: string
  readonly family: number
  readonly model: number
  readonly stepping: number
  readonly name: string
  readonly flags: string
  readonly vmxFlags?: string
}

/** Two logical processors of a kind, as Linux prints them. */
export function cpuinfo({ vendor, family, model, stepping, name, flags, vmxFlags }: CpuSample): string {
  const block = (index: number) =>
    [
      `processor\t: ${index}`,
      `vendor_id\t: ${vendor}`,
      `cpu family\t: ${family}`,
      `model\t\t: ${model}`,
      `model name\t: ${name}`,
      `stepping\t: ${stepping}`,
      'cpu MHz\t\t: 2300.000',
      `flags\t\t: ${flags}`,
      ...(vmxFlags ? [`vmx flags\t: ${vmxFlags}`] : []),
      'bugs\t\t: spectre_v1 spectre_v2',
      'power management:',
      '',
    ].join('\n')
  return `${block(0)}\n${block(1)}\n`
}

export const HASWELL_SERVER = cpuinfo({
  vendor: 'GenuineIntel',
  family: 6,
  model: 63,
  stepping: 2,
  name: 'Intel(R) Xeon(R) CPU E5-2680 v3 @ 2.50GHz',
  flags: `${INTEL_COMMON} vmx smx est tpr_shadow vnmi flexpriority ept vpid ept_ad`,
  vmxFlags:
    'vnmi preemption_timer posted_intr invvpid ept_x_only ept_ad ept_1gb flexpriority apicv tsc_offset vtpr mtf vapic ept vpid unrestricted_guest vapic_reg vid ple shadow_vmcs',
})

export const NEHALEM = cpuinfo({
  vendor: 'GenuineIntel',
  family: 6,
  model: 26,
  stepping: 5,
  name: 'Intel(R) Xeon(R) CPU X5550 @ 2.67GHz',
  flags: `${INTEL_COMMON} vmx est tpr_shadow vnmi flexpriority ept vpid`,
  vmxFlags: 'vnmi preemption_timer invvpid ept_x_only flexpriority tsc_offset vtpr mtf vapic ept vpid',
})

export const CORE2 = cpuinfo({
  vendor: 'GenuineIntel',
  family: 6,
  model: 23,
  stepping: 10,
  name: 'Intel(R) Core(TM)2 Duo CPU E8400 @ 3.00GHz',
  flags: 'fpu vme de pse tsc msr pae lm constant_tsc vmx smx est tpr_shadow vnmi flexpriority',
  vmxFlags: 'vnmi flexpriority tsc_offset vtpr vapic',
})

export const OLD_KERNEL_BROADWELL = cpuinfo({
  vendor: 'GenuineIntel',
  family: 6,
  model: 79,
  stepping: 1,
  name: 'Intel(R) Xeon(R) CPU E5-2690 v4 @ 2.60GHz',
  flags: `${INTEL_COMMON} vmx tpr_shadow vnmi flexpriority ept vpid`,
})

export const ROME = cpuinfo({
  vendor: 'AuthenticAMD',
  family: 23,
  model: 49,
  stepping: 0,
  name: 'AMD EPYC 7302 16-Core Processor',
  flags: `${INTEL_COMMON} cmp_legacy svm extapic npt lbrv svm_lock nrip_save tsc_scale`,
})

export const CLOUD_WITHOUT_VTX = cpuinfo({
  vendor: 'GenuineIntel',
  family: 6,
  model: 207,
  stepping: 2,
  name: 'Intel(R) Xeon(R) Processor',
  flags: `${INTEL_COMMON} hypervisor`,
})

export const PENTIUM4_32BIT = cpuinfo({
  vendor: 'GenuineIntel',
  family: 15,
  model: 2,
  stepping: 9,
  name: 'Intel(R) Pentium(R) 4 CPU 2.80GHz',
  flags: 'fpu vme de pse tsc msr pae mce cx8 apic sep',
})

export const ARM =
  'processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd evtstrm aes\nCPU implementer\t: 0x41\n'

/** A physical machine on which everything is as it should be. */
export const GOOD_MACHINE: Readonly<Record<string, string>> = {
  cpuinfo: HASWELL_SERVER,
  meminfo: 'MemTotal:       65803372 kB\nMemFree:         1000000 kB\nMemAvailable:   60000000 kB',
  architecture: 'x86_64',
  kernel: '6.1.0-26-amd64',
  product: 'Dell Inc.\nPowerEdge R630',
  kvm_modules: 'kvm\nkvm_intel',
  kvm_intel: 'nested=Y\nept=Y\nenable_shadow_vmcs=Y',
  kvm_amd: '',
  device: 'root kvm 660',
  device_usable: 'yes',
  user: 'anna\n1000\nanna kvm sudo',
  qemu_version:
    'QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)\nCopyright (c) 2003-2022 Fabrice Bellard and the QEMU Project developers',
  qemu_accelerators: 'Accelerators supported in QEMU binary:\ntcg\nkvm',
  qemu_netdevs: 'Available netdev backend types:\nsocket\nstream\ndgram\nhubport\ntap\nuser\nbridge',
  qemu_objects: 'List of user creatable objects:\n  memory-backend-file\n  memory-backend-ram\n  rng-random',
  tools: 'qemu-img\napt-get\ndpkg-deb\nmkfs.erofs',
  disk: 'Filesystem     1024-blocks     Used Available Capacity Mounted on\n/dev/sda1        102400000 20000000  82400000      20% /home',
  limits:
    'Limit                     Soft Limit           Hard Limit           Units     \nMax processes             unlimited            unlimited            processes \nMax open files            4096                 1048576              files     ',
  namespaces: 'works',
}
