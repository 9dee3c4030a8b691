/** What the kernel's KVM means for nested labs. */
import { hasVirtualization } from './cpu.ts'
import type { Facts } from './facts.ts'
import { type Answer, type Finding, finding } from './report.ts'
import type { AcceleratorVerdict } from './verdict.ts'

export function kvmFindings(facts: Facts, verdict: AcceleratorVerdict): Finding[] {
  return [
    module(facts),
    ...(facts.kvmIntel.size > 0 ? intelParameters(facts.kvmIntel) : []),
    ...(facts.kvmAmd.size > 0 ? amdParameters(facts.kvmAmd) : []),
    device(facts),
    accelerator(verdict),
  ]
}

const VENDOR_MODULES: readonly string[] = ['kvm_intel', 'kvm_amd']

function module({ kvmModules, cpu }: Facts): Finding {
  const id = 'kvm.module'
  const title = 'KVM kernel module'
  const value = kvmModules.join(', ') || 'none'
  const special = kvmModules.filter((name) => name !== 'kvm')
  if (special.some((name) => VENDOR_MODULES.includes(name)))
    return finding(id, title, {
      value,
      verdict: 'yes',
      means: 'The kernel can run machines on the processor.',
    })
  if (special.length > 0)
    return finding(id, title, {
      value,
      verdict: 'partly',
      means: 'This KVM needs no VT-x or AMD-V, and in turn may run only kernels that are made for it.',
      remedy: 'Trust the proof below; for ordinary KVM use a machine with hardware virtualization.',
    })
  const remedy =
    cpu && hasVirtualization(cpu) ? loadModule(cpu.vendor) : 'Get hardware virtualization first, see above.'
  return finding(id, title, { value, verdict: 'no', means: EMULATED, remedy })
}

const EMULATED = 'Every machine is emulated (TCG): labs work at every level, several times slower.'

const loadModule = (vendor: string): string =>
  `Load it as root: modprobe ${vendor === 'amd' ? 'kvm_amd' : 'kvm_intel'}. If that fails, the firmware (BIOS or UEFI) has switched it off.`

// Module parameters of type bool read Y or N, of type int 1 or 0.
const isOn = (value: string | undefined): boolean => value === 'Y' || value === '1'

interface Parameter {
  readonly module: 'kvm_intel' | 'kvm_amd'
  readonly name: string
  readonly title: string
  readonly onMeans: string
  readonly off: Omit<Answer, 'remedy'>
}

function parameter(
  values: ReadonlyMap<string, string>,
  { module, name, title, onMeans, off }: Parameter,
): Finding {
  const value = values.get(name)
  const id = `kvm.${name.replace('enable_', '').replaceAll('_', '-')}`
  const shown = `${module}.${name}=${value || '?'}`
  if (isOn(value)) return finding(id, title, { value: shown, verdict: 'yes', means: onMeans })
  const remedy = `As root, with no machine running: modprobe -r ${module} && modprobe ${module} ${name}=1; to keep it, write "options ${module} ${name}=1" to /etc/modprobe.d/nestlab.conf.`
  if (!value)
    return finding(id, title, {
      value: shown,
      verdict: 'unknown',
      means: off.means,
      remedy: `Read it as root: cat /sys/module/${module}/parameters/${name}.`,
    })
  return finding(id, title, { value: shown, ...off, remedy })
}

const NESTED = {
  name: 'nested',
  title: 'Nesting allowed by KVM',
  onMeans: 'Machines of level 1 may be hypervisors with KVM of their own.',
  off: {
    verdict: 'no',
    means:
      'Hypervisors of level 1 get no hardware virtualization, so their machines are emulated: slower, and ESXi runs none.',
  },
} as const

function intelParameters(values: ReadonlyMap<string, string>): Finding[] {
  return [
    parameter(values, { module: 'kvm_intel', ...NESTED }),
    parameter(values, {
      module: 'kvm_intel',
      name: 'ept',
      title: 'EPT used by KVM',
      onMeans: 'Inner machines keep most of their speed.',
      off: {
        verdict: 'no',
        means: 'Inner machines run with shadow page tables, at about a quarter of the speed.',
      },
    }),
    parameter(values, {
      module: 'kvm_intel',
      name: 'enable_shadow_vmcs',
      title: 'VMCS shadowing used by KVM',
      onMeans: 'An inner hypervisor handles its machines without asking the outer one each time.',
      off: { verdict: 'partly', means: 'Labs work, with slower input and output of inner machines.' },
    }),
  ]
}

function amdParameters(values: ReadonlyMap<string, string>): Finding[] {
  return [
    parameter(values, { module: 'kvm_amd', ...NESTED }),
    parameter(values, {
      module: 'kvm_amd',
      name: 'npt',
      title: 'NPT used by KVM',
      onMeans: 'Inner machines keep most of their speed.',
      off: {
        verdict: 'no',
        means: 'Inner machines run with shadow page tables, at about a quarter of the speed.',
      },
    }),
  ]
}

function device({ device, user, kvmModules }: Facts): Finding {
  const id = 'kvm.device'
  const title = 'Right to use /dev/kvm'
  if (!device)
    return finding(id, title, {
      value: 'there is no /dev/kvm',
      verdict: 'no',
      means: EMULATED,
      remedy: kvmModules.includes('kvm')
        ? 'In a container, pass the device in (--device /dev/kvm); otherwise see whether udev runs.'
        : 'Load the KVM module first, see above.',
    })
  const value = `${device.owner}:${device.group} ${device.mode}, user ${user.name}`
  if (device.isUsable)
    return finding(id, title, {
      value,
      verdict: 'yes',
      means: 'No further rights are needed to run machines with KVM.',
    })
  const remedy =
    device.group === 'root'
      ? `As root: chgrp kvm /dev/kvm && chmod 660 /dev/kvm && usermod -aG kvm ${user.name}, then log in anew.`
      : `As root: usermod -aG ${device.group} ${user.name}, then log in anew.`
  return finding(id, title, { value, verdict: 'no', means: EMULATED, remedy })
}

function accelerator({ accelerator, because, remedy, proven }: AcceleratorVerdict): Finding {
  const id = 'accelerator'
  const title = 'Accelerator'
  if (accelerator === 'kvm')
    return finding(id, title, {
      value: `KVM. ${because}`,
      verdict: 'yes',
      means: 'Machines run on the processor itself.',
    })
  return finding(id, title, {
    value: `${accelerator === 'tcg' ? 'TCG' : 'none'}. ${because}`,
    verdict: proven ? 'no' : accelerator === 'none' ? 'no' : 'unknown',
    means: accelerator === 'tcg' ? EMULATED : 'No machine can be started here.',
    ...(remedy && { remedy }),
  })
}
