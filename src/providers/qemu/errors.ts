/** What can go wrong with machines made of QEMU processes, in one table. */
import { failuresOf } from '#failure'

interface OnMachine {
  readonly machine: string
}

export const failQemu = failuresOf({
  'name-unsafe': {
    exit: 1,
    text: (d: { what: string; name: string }) => `${JSON.stringify(d.name)} cannot be used as the ${d.what}.`,
    next: () => 'Use letters, digits and hyphens, beginning with a letter or digit.',
  },
  'machine-unknown': {
    exit: 4,
    text: (d: OnMachine) => `There is no machine ${d.machine} here.`,
    next: () => 'Run nestlab status to see what exists, or nestlab up to create what is missing.',
  },
  'machine-exists': {
    exit: 4,
    text: (d: OnMachine) => `Machine ${d.machine} exists already and was made from another description.`,
    next: () => 'Remove it first; nestlab plan shows what would be removed and created.',
  },
  'machine-not-running': {
    exit: 4,
    text: (d: OnMachine) => `Machine ${d.machine} is not running.`,
    next: () => 'Start it with nestlab start, or see with nestlab logs why it ended.',
  },
  'machine-damaged': {
    exit: 3,
    text: (d: OnMachine & { path: string }) => `The record of machine ${d.machine} is damaged: ${d.path}.`,
    next: () => 'Nothing was changed. Restore the file from a backup, or take the lab down.',
  },
  'machine-will-not-end': {
    exit: 4,
    text: (d: OnMachine & { host: string }) =>
      `The process of machine ${d.machine} on ${d.host} cannot be ended.`,
    next: () =>
      'It hangs in the kernel, mostly on a dead disk or network file system: repair that, then repeat.',
  },
  'image-missing': {
    exit: 4,
    text: (d: OnMachine & { file: string }) => `Machine ${d.machine} needs ${d.file}, which is not there.`,
    next: () => 'Run nestlab image verify, and build or import the image again.',
  },
  'qemu-refused': {
    exit: 4,
    text: (d: OnMachine & { host: string; reason: string }) =>
      `QEMU on ${d.host} could not start machine ${d.machine}: ${d.reason}`,
    next: () => 'Run nestlab doctor to see what this machine can do.',
  },
  'no-control-port': {
    exit: 3,
    text: (d: OnMachine & { host: string; tries: number }) =>
      `No free TCP port on ${d.host} after ${d.tries} tries, needed to reach machine ${d.machine}.`,
    next: () => 'End programs that hold ports between 20000 and 29999 on the loopback address.',
  },
  'monitor-trouble': {
    exit: 4,
    text: (d: OnMachine & { command: string; reason: string }) =>
      `QEMU of machine ${d.machine} did not carry out ${d.command}: ${d.reason}.`,
    next: () => 'Stop the machine with its power switch (nestlab stop --power) and start it again.',
  },
  'no-safe-instant': {
    exit: 4,
    text: (d: OnMachine & { tries: number }) =>
      `Machine ${d.machine} was executing inner guests each of ${d.tries} times it was stopped: emulated, it could not be restored.`,
    next: () => 'Nothing was kept. Stop what keeps its inner machines busy, then repeat the command.',
  },
  'thaw-failed': {
    exit: 4,
    text: (d: OnMachine & { reason: string }) =>
      `Machine ${d.machine} does not take the state it was frozen in: ${d.reason}.`,
    next: () => 'Run `nestlab snapshot show` to see by which QEMU it was frozen, and what runs it here.',
  },
  'frozen-missing': {
    exit: 3,
    text: (d: OnMachine & { file: string }) =>
      `What was kept of machine ${d.machine} is not whole: ${d.file}.`,
    next: () => 'Nothing was started. Choose another snapshot, or restore the file from a backup.',
  },
  'no-seed': {
    exit: 2,
    text: (d: { host: string }) =>
      `Links inside ${d.host} are impaired by its kernel (netem), which takes no seed.`,
    next: () => 'Leave --seed out there; at level 0, links can be reproduced by one.',
  },
  'no-netem': {
    exit: 3,
    text: (d: { host: string; reason: string }) =>
      `The kernel of ${d.host} carries the frames, and cannot impair links: ${d.reason}`,
    next: () =>
      'Load its module (modprobe sch_netem), or bring the lab up without --switch kernel: the switch process needs none.',
  },
  'no-drop-capture': {
    exit: 4,
    text: (d: { host: string }) =>
      `The rules of the switches inside ${d.host} do not log what they drop: its kernel cannot, or an older Nestlab wrote them.`,
    next: () =>
      'Start a machine inside it again, or the hypervisor itself; the counters (nestlab net stats) count drops anyway.',
  },
  'drops-captured-already': {
    exit: 4,
    text: (d: { host: string }) =>
      `Another capture gets what the kernel of ${d.host} drops, and it tells one only.`,
    next: () =>
      'End the other capture, or leave --drops out: without it, dropped frames have no comment then.',
  },
  'folder-not-ours': {
    exit: 3,
    text: (d: { path: string }) =>
      `${d.path} belongs to another user and cannot hold the sockets of machines.`,
    next: (d: { path: string }) => `Remove ${d.path}, or set NESTLAB_HOME to a folder of your own.`,
  },
  'no-space': {
    exit: 3,
    text: (d: { doing: string; host: string }) => `No space is left on ${d.host}, needed to ${d.doing}.`,
    next: () => 'Free some space there and run the command again; it continues where it stopped.',
  },
  'step-failed': {
    exit: 4,
    text: (d: { doing: string; host: string; reason: string }) =>
      `Could not ${d.doing} on ${d.host}: ${d.reason}`,
    next: () => 'Run the command again with --debug, which shows what was run.',
  },
})
