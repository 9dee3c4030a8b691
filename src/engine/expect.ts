/** Checks on a running lab what its file expects: pings, requests and commands, from inside the machines. */
import type { Expectation, Machine } from '#lab'
import type { Inside } from './contract.ts'
import { asFailure, fail } from './errors.ts'
import { checkOne, type Found, type Hosts } from './expect-checks.ts'
import type { Reach } from './reach.ts'

/** What came of one expectation; `index` is its position in the file. */
export interface Checked extends Found {
  readonly index: number
  readonly expectation: Expectation
  readonly tookMs: number
}

export interface ExpectOptions {
  readonly signal: AbortSignal
  /** Absent: those of the file that the lab was last brought up from. */
  readonly expectations?: readonly Expectation[] | undefined
  /** Called as each is known. */
  readonly onChecked?: (checked: Checked) => void
}

/** Guests are asked at the same time; more at once would slow emulated ones down until they miss their pings. */
const askedAtOnce = 4

/** In the order of the file. A machine that cannot be entered fails its expectations and no others. */
export async function checkExpectations(
  reach: Reach,
  nowMs: () => number,
  options: ExpectOptions,
): Promise<readonly Checked[]> {
  const expectations = options.expectations ?? reach.lab.expect ?? []
  const entered = new Map<string, Promise<Inside>>()
  const hosts: Hosts = {
    machine: (path) => machineAt(reach, path),
    enter: (path) => {
      const host = entered.get(path) ?? reach.enter(path, options.signal)
      entered.set(path, host)
      return host
    },
  }
  const check = async ([index, expectation]: Numbered) => {
    const checked = await timed(hosts, { index, expectation }, { signal: options.signal, nowMs })
    options.onChecked?.(checked)
    return checked
  }
  try {
    const results: Checked[] = []
    for (const group of groupsOf(expectations)) results.push(...(await Promise.all(group.map(check))))
    return results
  } finally {
    for (const host of entered.values()) await host.then((one) => one.close()).catch(() => undefined)
  }
}

type Numbered = readonly [index: number, expectation: Expectation]

/** What may be checked at the same time: a command may change what comes behind it, questions do not. */
function groupsOf(expectations: readonly Expectation[]): readonly (readonly Numbered[])[] {
  const groups: Numbered[][] = []
  for (const numbered of expectations.entries()) {
    const last = groups.at(-1)
    const joins =
      last && last.length < askedAtOnce && ![...last, numbered].some(([, one]) => one.kind === 'exec')
    if (joins) last.push(numbered)
    else groups.push([numbered])
  }
  return groups
}

async function timed(
  hosts: Hosts,
  { index, expectation }: { index: number; expectation: Expectation },
  { signal, nowMs }: { signal: AbortSignal; nowMs: () => number },
): Promise<Checked> {
  const beganMs = nowMs()
  const found = await checkOne(hosts, expectation, signal).catch((error: unknown): Found => {
    signal.throwIfAborted()
    return { holds: false, seen: asFailure(error, 'check it').message }
  })
  return { index, expectation, ...found, tookMs: Math.round(nowMs() - beganMs) }
}

function machineAt(reach: Reach, path: string): Machine {
  const placed = reach.index.machines.get(path)
  if (!placed)
    throw fail('no-such-machine', { lab: reach.lab.name, path, paths: [...reach.index.machines.keys()] })
  return placed.machine
}
