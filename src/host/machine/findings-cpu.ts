/** What the processor means for nested labs. */
import { type Cpu, hasSlat, hasVirtualization } from './cpu.ts'
import { type Generation, generationOf } from './cpu-generations.ts'
import { type Answer, type Finding, finding } from './report.ts'

const FIRMWARE =
  'Switch it on in the firmware (BIOS or UEFI), often under Advanced or Security; if this machine is itself virtual, have its hypervisor expose it.'

const VENDOR_WORDS = {
  intel: { virtualization: 'VT-x', slat: 'EPT' },
  amd: { virtualization: 'AMD-V (SVM)', slat: 'NPT' },
  other: { virtualization: 'hardware virtualization', slat: 'second-level address translation' },
} as const

export function cpuFindings(cpu: Cpu | undefined): Finding[] {
  if (!cpu) return [finding('cpu.vendor', 'Processor', { value: 'unknown', ...noX86 })]
  const generation = generationOf(cpu)
  const findings = [
    vendor(cpu),
    generationFinding(cpu, generation),
    longMode(cpu),
    virtualization(cpu),
    slat(cpu),
  ]
  if (cpu.vendor === 'intel') findings.push(shadowVmcs(cpu, generation))
  return [...findings, bareMetal(cpu)]
}

const noX86: Answer = {
  verdict: 'no',
  means:
    'Nestlab runs x86 machines; on another kind of processor each of their instructions would be emulated.',
  remedy: 'Use a machine with a 64-bit Intel or AMD processor.',
}

function vendor({ vendor, modelName, count }: Cpu): Finding {
  const value = `${modelName}, ${count} logical`
  if (vendor !== 'other')
    return finding('cpu.vendor', 'Processor', {
      value,
      verdict: 'yes',
      means: 'Both vendors run nested labs; a lab that is saved with running inner machines needs Intel.',
    })
  return finding('cpu.vendor', 'Processor', {
    value,
    verdict: 'unknown',
    means: 'Nothing is known about nesting on processors of this vendor.',
    remedy: 'Go by the flags below.',
  })
}

function generationFinding(cpu: Cpu, generation: Generation | undefined): Finding {
  const id = 'cpu.generation'
  const title = 'Generation'
  if (!generation)
    return finding(id, title, {
      value: `family ${cpu.family} model ${cpu.model}, not in the table`,
      verdict: 'unknown',
      means: 'Most likely newer than the table, and then fit for nested labs.',
      remedy: 'Go by the flags below.',
    })
  const value = `${generation.name} (${generation.year})`
  if (generation.hasSlat)
    return finding(id, title, {
      value,
      verdict: 'yes',
      means: 'New enough for hypervisors inside hypervisors.',
    })
  return finding(id, title, {
    value,
    verdict: 'no',
    means: `It has no ${VENDOR_WORDS[cpu.vendor].slat}, without which inner machines run at a fraction of the speed.`,
    remedy: 'Use a processor from 2008 on (Intel Nehalem, AMD family 10h); here labs are emulated.',
  })
}

function longMode(cpu: Cpu): Finding {
  const has = cpu.flags.has('lm')
  return finding('cpu.64bit', '64-bit (lm)', {
    value: has ? 'yes' : 'no',
    ...(has
      ? { verdict: 'yes', means: 'Machines of 64 and of 32 bits run at every level.' }
      : {
          verdict: 'no',
          means: '32-bit processors have neither VT-x with EPT nor room for a hypervisor: no lab runs here.',
          remedy: 'Use a 64-bit processor.',
        }),
  })
}

function virtualization(cpu: Cpu): Finding {
  const name = VENDOR_WORDS[cpu.vendor].virtualization
  const has = hasVirtualization(cpu)
  return finding('cpu.virtualization', `Hardware virtualization (${name})`, {
    value: has ? 'yes' : 'no',
    ...(has
      ? { verdict: 'yes', means: 'Machines can run on the processor itself instead of being emulated.' }
      : {
          verdict: 'no',
          means: 'Every machine is emulated (TCG): labs work at every level, several times slower.',
          remedy: FIRMWARE,
        }),
  })
}

function slat(cpu: Cpu): Finding {
  const name = VENDOR_WORDS[cpu.vendor].slat
  const id = 'cpu.slat'
  const title = `Nested page tables (${name})`
  if (hasSlat(cpu))
    return finding(id, title, {
      value: 'yes',
      verdict: 'yes',
      means: 'Inner machines keep most of their speed.',
    })
  const means = 'Inner machines would run with shadow page tables, at about a quarter of the speed.'
  if (!hasVirtualization(cpu))
    return finding(id, title, {
      value: `no, as ${VENDOR_WORDS[cpu.vendor].virtualization} is missing or off`,
      verdict: 'no',
      means,
      remedy: FIRMWARE,
    })
  return finding(id, title, {
    value: 'no',
    verdict: 'no',
    means,
    remedy: `If this machine is virtual, have its hypervisor pass ${name} on; otherwise use a newer processor.`,
  })
}

function shadowVmcs(cpu: Cpu, generation: Generation | undefined): Finding {
  const id = 'cpu.shadow-vmcs'
  const title = 'VMCS shadowing'
  if (cpu.vmxFlags.has('shadow_vmcs'))
    return finding(id, title, {
      value: 'yes',
      verdict: 'yes',
      means: 'An inner hypervisor handles its machines without asking the outer one each time.',
    })
  const means =
    'Each control access of an inner hypervisor stops its machine: labs work, with slower input and output.'
  if (cpu.vmxFlags.size > 0)
    return finding(id, title, {
      value: 'no',
      verdict: 'partly',
      means,
      remedy: 'Intel has it since Haswell (2013); a hypervisor below this machine may hide it.',
    })
  if (!hasVirtualization(cpu))
    return finding(id, title, {
      value: 'no, as VT-x is missing or off',
      verdict: 'no',
      means,
      remedy: FIRMWARE,
    })
  if (generation && !generation.hasShadowVmcs)
    return finding(id, title, {
      value: `not in ${generation.name}`,
      verdict: 'no',
      means,
      remedy: 'Use Intel Haswell (2013) or newer.',
    })
  return finding(id, title, {
    value: 'cannot be read',
    verdict: 'unknown',
    means,
    remedy: 'Linux 5.9 and newer show it in /proc/cpuinfo once hardware virtualization is on.',
  })
}

function bareMetal(cpu: Cpu): Finding {
  const isVirtual = cpu.flags.has('hypervisor')
  return finding('machine.bare-metal', 'Bare metal', {
    value: isVirtual ? 'no, this machine is virtual' : 'yes',
    ...(isVirtual
      ? {
          verdict: 'partly',
          means:
            'Every level of a lab runs one level deeper than it looks, so hardware virtualization may be missing or slow.',
          remedy:
            'Have the hypervisor below expose hardware virtualization to this machine, or use a physical one.',
        }
      : { verdict: 'yes', means: 'Level 1 of a lab is the first level of virtualization.' }),
  })
}
