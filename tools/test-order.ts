/** In which order test files are started, so that those that must run alone follow each other without a pause. */

export interface TestFile {
  readonly path: string
  /** It boots several real machines: while it runs, no other such file does. */
  readonly isAlone: boolean
}

/** Seconds that the slowest took, on two cores with three at once (2026-11-28); a wrong figure costs time, nothing else. */
const slowSeconds: Readonly<Record<string, number>> = {
  'src/blueprints/kill.test.ts': 23,
  'src/blueprints/unpack.test.ts': 13,
  'src/host/host.test.ts': 26,
  'src/host/machine/prove-real.test.ts': 19,
  'src/host/ssh.test.ts': 64,
  'src/lab/edit-random.test.ts': 20,
  'src/lab/hostile.test.ts': 30,
  'src/providers/sim/shell/shell.test.ts': 54,
  'src/rule-fixes.test.ts': 20,
  'src/rules/cases.test.ts': 25,
  'src/rules/network/agrees-with-trace.test.ts': 18,
  'src/switch/bridge/kernel.test.ts': 94,
  'src/switch/live/cases.test.ts': 14,
  'src/switch/live/hostile.test.ts': 28,
  'test/blueprints/registry.test.ts': 42,
  'test/cli/blueprint.test.ts': 54,
  'test/cli/check-before.test.ts': 16,
  'test/cli/check-fix.test.ts': 12,
  'test/cli/check-formats.test.ts': 15,
  'test/cli/check.test.ts': 19,
  'test/cli/class.test.ts': 31,
  'test/cli/demo.test.ts': 16,
  'test/cli/esxi-iso.test.ts': 14,
  'test/cli/expect.test.ts': 16,
  'test/cli/lab.test.ts': 44,
  'test/cli/net.test.ts': 14,
  'test/cli/size.test.ts': 15,
  'test/cli/snapshot.test.ts': 67,
  'test/cli/terminal.test.ts': 13,
  'test/cli/usage.test.ts': 21,
  'test/engine/class-kill.test.ts': 21,
  'test/engine/classes.test.ts': 17,
  'test/engine/converge.test.ts': 16,
  'test/engine/kill-snapshots.test.ts': 71,
  'test/engine/kill.test.ts': 14,
  'test/engine/paused.test.ts': 12,
  'test/engine/snapshots-failing.test.ts': 35,
  'test/engine/snapshots.test.ts': 12,
  'test/guests/esxi-iso-hostile.test.ts': 17,
  'test/guests/esxi-iso.test.ts': 14,
  'test/network/fixes.test.ts': 23,
  'test/network/random-labs.test.ts': 57,
  'test/real/blueprint.test.ts': 63,
  'test/real/broken.test.ts': 90,
  'test/real/class.test.ts': 60,
  'test/real/cloud.test.ts': 2,
  'test/real/conditions.test.ts': 52,
  'test/real/guests.test.ts': 78,
  'test/real/kernel-l0.test.ts': 76,
  'test/real/kernel-plane.test.ts': 90,
  'test/real/kill.test.ts': 138,
  'test/real/live-trace.test.ts': 29,
  'test/real/moves.test.ts': 90,
  'test/real/network-pairs.test.ts': 65,
  'test/real/overlay.test.ts': 126,
  'test/real/qemu-conformance.test.ts': 55,
  'test/real/qemu-copies.test.ts': 60,
  'test/real/qemu-provider.test.ts': 15,
  'test/real/three-levels.test.ts': 2,
  'test/real/two-hypervisors.test.ts': 140,
  'test/real/uplinks.test.ts': 96,
  'test/vsphere/boot-disk-cut.test.ts': 24,
  'test/vsphere/boot-disk.test.ts': 24,
  'test/vsphere/import-faults.test.ts': 40,
  'test/vsphere/kill.test.ts': 54,
  'test/vsphere/lab-snapshots.test.ts': 50,
  'test/vsphere/nested-pins.test.ts': 40,
  'test/vsphere/provider-conformance.test.ts': 30,
  'test/vsphere/provider-cut.test.ts': 50,
  'test/vsphere/provider-datastores.test.ts': 20,
  'test/vsphere/secrets.test.ts': 50,
  'test/vsphere/sites.test.ts': 20,
  'test/vsphere/strict-cases.test.ts': 25,
  'test/vsphere/strict-sessions.test.ts': 46,
  'test/vsphere/up-command.test.ts': 35,
}
const usualSeconds = 2
const usualAloneSeconds = 60

/** Paths; `lanes` files run at once. */
export function orderOf(files: readonly TestFile[], lanes: number): readonly string[] {
  const waiting = { alone: slowestFirst(files, true), beside: slowestFirst(files, false) }
  const freeAt = Array.from({ length: lanes }, () => 0)
  let aloneUntil = 0
  const order: string[] = []
  while (order.length < files.length) {
    const nowS = Math.min(...freeAt)
    const next =
      (aloneUntil <= nowS && waiting.alone.shift()) || waiting.beside.shift() || waiting.alone.shift()
    if (!next) break
    const endS = nowS + secondsOf(next)
    if (next.isAlone) aloneUntil = endS
    freeAt[freeAt.indexOf(nowS)] = endS
    order.push(next.path)
  }
  return order
}

function slowestFirst(files: readonly TestFile[], alone: boolean): TestFile[] {
  return files.filter(({ isAlone }) => isAlone === alone).toSorted((a, b) => secondsOf(b) - secondsOf(a))
}

function secondsOf({ path, isAlone }: TestFile): number {
  return slowSeconds[path] ?? (isAlone ? usualAloneSeconds : usualSeconds)
}
