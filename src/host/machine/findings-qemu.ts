/** What the installed QEMU means for nested labs. */
import type { Facts, Qemu } from './facts.ts'
import { TOOLS } from './questions.ts'
import { type Finding, finding } from './report.ts'

const INSTALL_QEMU = 'Install QEMU 7.2 or newer (Debian: qemu-system-x86).'
// -netdev stream came with 7.2.
const OLDEST = [7, 2] as const

export function qemuFindings(facts: Facts): Finding[] {
  const { qemu } = facts
  if (!qemu)
    return [
      finding('qemu.version', 'QEMU', {
        value: 'not found',
        verdict: 'no',
        means: 'No machine can be started here.',
        remedy: INSTALL_QEMU,
      }),
      tools(facts),
    ]
  return [version(qemu), ...features(qemu), tools(facts)]
}

function version({ version }: Qemu): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isNew = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
  return finding('qemu.version', 'QEMU', {
    value: version,
    ...(isNew
      ? { verdict: 'yes', means: 'It has all that Nestlab asks for.' }
      : {
          verdict: 'no',
          means: 'Its machines cannot be plugged into the switches of a lab.',
          remedy: INSTALL_QEMU,
        }),
  })
}

interface Feature {
  readonly id: string
  readonly title: string
  readonly isThere: boolean
  readonly means: string
  readonly without: string
}

function features({ accelerators, netdevs, objects }: Qemu): Finding[] {
  const asked: readonly Feature[] = [
    {
      id: 'qemu.accelerators',
      title: 'QEMU can emulate (TCG)',
      isThere: accelerators.includes('tcg'),
      means: 'Labs run even where KVM does not.',
      without: 'Where KVM does not work, no lab runs.',
    },
    {
      id: 'qemu.kvm',
      title: 'QEMU can use KVM',
      isThere: accelerators.includes('kvm'),
      means: 'Machines can run on the processor itself.',
      without: 'Every machine is emulated, whatever the processor can do.',
    },
    {
      id: 'qemu.netdev-stream',
      title: 'QEMU network over unix sockets (stream)',
      isThere: netdevs.includes('stream'),
      means: 'Machines plug into the switches of a lab, and again after a switch was restarted.',
      without: 'Machines of level 1 have no networks.',
    },
    {
      id: 'qemu.netdev-user',
      title: 'QEMU network without rights (user)',
      isThere: netdevs.includes('user'),
      means: 'Machines are reached from outside without root.',
      without: 'No command reaches the inside of a machine.',
    },
    {
      id: 'qemu.memory-file',
      title: 'QEMU memory in files',
      isThere: objects.includes('memory-backend-file'),
      means: 'Copies of a lab can share their memory.',
      without: 'Each copy of a lab needs memory of its own.',
    },
  ]
  return asked.map(({ id, title, isThere, means, without }) =>
    finding(id, title, {
      value: isThere ? 'yes' : 'no',
      ...(isThere
        ? { verdict: 'yes', means }
        : {
            verdict: 'no',
            means: without,
            remedy: 'Use a QEMU that was built with it; the one of Debian 12 was.',
          }),
    }),
  )
}

function tools({ tools: present }: Facts): Finding {
  const missing = Object.entries(TOOLS).filter(([name]) => !present.includes(name))
  if (missing.length === 0)
    return finding('tools', 'Further programs', {
      value: Object.keys(TOOLS).join(', '),
      verdict: 'yes',
      means: 'Disks can be made and images built here.',
    })
  const packages = missing.map(([, tool]) => tool.debianPackage)
  return finding('tools', 'Further programs', {
    value: `missing: ${missing.map(([name]) => name).join(', ')}`,
    verdict: 'no',
    means: `What is missing ${missing.map(([, tool]) => tool.for).join(', and ')}.`,
    remedy: `Install them (Debian: apt-get install ${packages.join(' ')}).`,
  })
}
