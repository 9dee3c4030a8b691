/** How much of a lab the machine has room for. */
import type { Facts } from './facts.ts'
import { type Finding, finding } from './report.ts'

// The smallest nested lab: two KVM hypervisors of 384 MiB, QEMU's own part, and something for the rest of the machine.
const SMALLEST_MIB = 1536
// A home lab that holds a nested ESXi with machines begins at 32 GB (seed R035).
const COMFORTABLE_MIB = 30_000
// Images are tens of MiB each; an ESXi or cloud image brings gigabytes.
const SMALLEST_DISK_MIB = 1024
const COMFORTABLE_DISK_MIB = 10_240
// About ten descriptors a machine (disks, sockets, KVM), and the switch two a port.
const COMFORTABLE_FILES = 1024
const COMFORTABLE_PROCESSES = 512

export function roomFindings(facts: Facts): Finding[] {
  return [memory(facts), disk(facts), files(facts), processes(facts), namespaces(facts)]
}

const gibibytes = (mebibytes: number): string => `${(mebibytes / 1024).toFixed(1)} GiB`

function memory({ memoryMiB, availableMiB }: Facts): Finding {
  const of = { id: 'memory', title: 'Memory' }
  if (memoryMiB === 0)
    return finding(of.id, of.title, {
      value: 'cannot be read',
      verdict: 'unknown',
      means: 'Memory is what a nested lab runs out of first.',
      remedy: 'See whether /proc/meminfo can be read.',
    })
  const value = `${gibibytes(availableMiB)} free of ${gibibytes(memoryMiB)}`
  if (availableMiB < SMALLEST_MIB)
    return finding(of.id, of.title, {
      value,
      verdict: 'no',
      means: `Even two small KVM hypervisors with a machine each need ${gibibytes(SMALLEST_MIB)}.`,
      remedy: 'End other programs or add memory.',
    })
  if (availableMiB < COMFORTABLE_MIB)
    return finding(of.id, of.title, {
      value,
      verdict: 'partly',
      means: 'Enough for KVM hypervisors with small machines; a nested ESXi alone wants 8 GiB and more.',
      remedy: 'For ESXi and network controllers use a machine with 32 GiB or, better, 64 GiB.',
    })
  return finding(of.id, of.title, {
    value,
    verdict: 'yes',
    means: 'Enough for several hypervisors with machines inside.',
  })
}

function disk({ disk: found }: Facts): Finding {
  const of = { id: 'disk', title: 'Disk' }
  if (!found)
    return finding(of.id, of.title, {
      value: 'cannot be read',
      verdict: 'unknown',
      means: 'Images and the disks of machines need room.',
      remedy: 'See whether the folder for images is on a disk that answers.',
    })
  const value = `${gibibytes(found.freeMiB)} free on ${found.mount}`
  const remedy = 'Make room there, or set NESTLAB_HOME to a folder on a larger disk.'
  if (found.freeMiB < SMALLEST_DISK_MIB)
    return finding(of.id, of.title, {
      value,
      verdict: 'no',
      means: 'Not even the images of small guests can be built.',
      remedy,
    })
  if (found.freeMiB < COMFORTABLE_DISK_MIB)
    return finding(of.id, of.title, {
      value,
      verdict: 'partly',
      means: 'Enough for small guests; a cloud image or an ESXi brings several GiB.',
      remedy,
    })
  return finding(of.id, of.title, {
    value,
    verdict: 'yes',
    means: 'Enough for images and the disks of many machines.',
  })
}

function files({ openFiles }: Facts): Finding {
  const value = String(openFiles ?? 'unlimited')
  if (openFiles === undefined || openFiles >= COMFORTABLE_FILES)
    return finding('limits.files', 'Open files', {
      value,
      verdict: 'yes',
      means: 'Enough for the ports of large switches.',
    })
  return finding('limits.files', 'Open files', {
    value,
    verdict: 'partly',
    means: `A switch needs two a port and a machine about ten: labs end at about ${Math.floor(openFiles / 12)} machines.`,
    remedy: `Raise it: ulimit -n ${COMFORTABLE_FILES * 4}, or nofile in /etc/security/limits.conf.`,
  })
}

function processes({ processes: limit }: Facts): Finding {
  const value = String(limit ?? 'unlimited')
  if (limit === undefined || limit >= COMFORTABLE_PROCESSES)
    return finding('limits.processes', 'Processes and threads', {
      value,
      verdict: 'yes',
      means: 'Enough for many machines.',
    })
  return finding('limits.processes', 'Processes and threads', {
    value,
    verdict: 'partly',
    means: 'Each machine is a process with a thread for each of its processors and some more.',
    remedy: `Raise it: ulimit -u ${COMFORTABLE_PROCESSES * 8}, or nproc in /etc/security/limits.conf.`,
  })
}

function namespaces({ hasUserNamespaces }: Facts): Finding {
  return finding('user-namespaces', 'User namespaces', {
    value: hasUserNamespaces ? 'yes' : 'no',
    ...(hasUserNamespaces
      ? { verdict: 'yes', means: 'Tools that assemble whole systems work without root.' }
      : {
          verdict: 'partly',
          means:
            'Labs run without them; tools that assemble whole systems, such as mmdebstrap, then need root.',
          remedy: 'As root: sysctl kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000.',
        }),
  })
}
