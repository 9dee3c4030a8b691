/** Warm labs: kept running once, so that the next `up` of the same lab goes on from there instead of booting. */
import type { LabKeys } from '#guests'
import type { ResolvedLab } from '#lab'
import {
  loadLabKeys,
  loadWarmKeys,
  lockLab,
  type Roots,
  removeWarmKeys,
  saveLabKeys,
  saveLabRecord,
  saveWarmKeys,
  settleFrozen,
} from '#store'
import type { Inside, RunOptions, Surroundings } from '../contract.ts'
import { fail } from '../errors.ts'
import { imagesOf } from '../images.ts'
import { keysOf, needRecord } from '../lab-notes.ts'
import { everyPath, labStatus } from '../lab-status.ts'
import { lookAt } from '../look.ts'
import type { Observation } from '../observation.ts'
import { Reach } from '../reach.ts'
import { collectInstants } from './collect.ts'
import { bytesOf, needFrozen } from './frozen-lab.ts'
import { restoreLab } from './restore.ts'
import { freezeLab } from './take.ts'
import { takeOver } from './take-over.ts'
import { loadWarm, saveWarm, type Warm, warmDigest } from './warm-list.ts'

const emptyLimitMs = 30_000

/** Every machine of the lab has to be up. What guests hold in memory only to be quick is given up before. */
export async function keepWarm(surroundings: Surroundings, lab: string, run: RunOptions): Promise<Warm> {
  const { roots, guests } = surroundings
  await using _lock = await lockLab(roots, lab, 'nestlab warm')
  const record = await needRecord(roots, lab)
  const keys = await keysOf(roots, lab, guests)
  await emptyCaches(
    surroundings,
    { lab: record.lab, keys, ...(record.insideName && { insideName: record.insideName }) },
    run,
  )
  const digest = warmDigest(record.lab, await imagesOf(guests, record.lab))
  const frozen = await freezeLab(surroundings, record, run)
  await saveWarmKeys(roots, frozen.id, keys)
  const before = await loadWarm(roots)
  const others = before.filter((one) => one.digest !== digest && one.lab !== lab)
  const warm = { digest, id: frozen.id, lab, atMs: frozen.atMs, bytes: bytesOf(frozen) }
  const dropped = before.filter((one) => !others.includes(one))
  await saveWarm(roots, [...others, warm])
  await settleFrozen(roots, frozen.id)
  for (const { id } of dropped) await removeWarmKeys(roots, id)
  await collectInstants(roots)
  return warm
}

/** Fails with `no-such-warm`. */
export async function dropWarm(roots: Roots, lab: string): Promise<void> {
  const all = await loadWarm(roots)
  const gone = all.find((one) => one.lab === lab)
  if (!gone) throw fail('no-such-warm', { lab, labs: all.map((one) => one.lab) })
  await saveWarm(
    roots,
    all.filter((one) => one !== gone),
  )
  await removeWarmKeys(roots, gone.id)
  await collectInstants(roots)
}

export interface Beginning {
  readonly lab: ResolvedLab
  readonly images: ReadonlyMap<string, string>
  readonly sourceFile: string
}

/**
 * Begins a lab that does not exist yet from a warm one, where there is one of the same description and images.
 * Returns what was seen of it then, or undefined when it has to be booted. A warm lab that does not go on is forgotten.
 */
export async function beginWarm(
  surroundings: Surroundings,
  beginning: Beginning,
  run: RunOptions,
): Promise<Observation | undefined> {
  const { roots } = surroundings
  const { lab, images, sourceFile } = beginning
  const warm = (await loadWarm(roots)).find(({ digest }) => digest === warmDigest(lab, images))
  if (!warm) return undefined
  const keys = await loadWarmKeys(roots, warm.id)
  const { isHandedOver } = warm
  const say = (text: string) => run.onEvent({ kind: 'note', path: '', text })
  try {
    const frozen = await needFrozen(roots, warm.id, warm.lab)
    if (!keys) throw fail('keys-missing', { lab: lab.name })
    const fresh = isHandedOver && (await keysOf(roots, lab.name, surroundings.guests))
    if (!(await loadLabKeys(roots, lab.name))) await saveLabKeys(roots, lab.name, keys)
    const about = {
      frozen,
      name: lab.name,
      sourceFile,
      keys,
      called: 'the warm lab',
      ...(fresh && { fresh }),
    }
    say(`goes on from a warm lab of ${new Date(warm.atMs).toISOString()}`)
    const because = 'goes on from a warm lab'
    const { observation } = await restoreLab(surroundings, { ...about, because }, run)
    if (fresh) await finishTakingOver(surroundings, { lab: lab.name, handOver: keys, fresh }, run)
    return observation
  } catch (error) {
    run.signal.throwIfAborted()
    say(
      `the warm lab cannot be used (${error instanceof Error ? error.message : error}); it is forgotten, and the lab boots`,
    )
    await forgetBroken(surroundings, { lab, keys, id: warm.id }, run)
    return undefined
  }
}

async function finishTakingOver(
  surroundings: Surroundings,
  of: { readonly lab: string; readonly handOver: LabKeys; readonly fresh: LabKeys },
  run: RunOptions,
): Promise<void> {
  const { roots } = surroundings
  const { isTakingOver: _, ...record } = await needRecord(roots, of.lab)
  const { lab, insideName = lab.name } = record
  await takeOver(surroundings, { ...of, lab, insideName }, run)
  await saveLabRecord(roots, record)
}

async function forgetBroken(
  surroundings: Surroundings,
  { lab, keys, id }: { readonly lab: ResolvedLab; readonly keys: LabKeys | undefined; readonly id: string },
  { signal }: RunOptions,
): Promise<void> {
  const { roots } = surroundings
  const reach = new Reach(surroundings, { lab, keys }, signal)
  try {
    const level = await reach.level('')
    for (const { name } of (await level.inspect(signal)).machines) await level.remove(name, signal)
  } finally {
    await reach.close()
  }
  await saveWarm(
    roots,
    (await loadWarm(roots)).filter((one) => one.id !== id),
  )
  await removeWarmKeys(roots, id)
}

/** The page caches of guests would be kept, and copied, for nothing: they read the same images again in no time. */
async function emptyCaches(
  surroundings: Surroundings,
  of: { readonly lab: ResolvedLab; readonly keys: LabKeys; readonly insideName?: string },
  { signal }: RunOptions,
): Promise<void> {
  const { guests, clock } = surroundings
  const reach = new Reach(surroundings, of, signal)
  const entered = async (host: Inside) => {
    const script = 'sync; echo 3 > /proc/sys/vm/drop_caches'
    await host.run(['sh', '-c', script], { limitMs: emptyLimitMs, signal }).catch(() => undefined)
  }
  try {
    const observation = await lookAt({ reach, guests, clock, signal, entered })
    const status = labStatus(of.lab, { observation, chosen: everyPath(of.lab), interrupted: [] })
    const unready = status.machines.filter(({ state }) => state !== 'ready').map(({ path }) => path)
    if (unready.length > 0) throw fail('not-warm', { lab: of.lab.name, paths: unready })
  } finally {
    await reach.close()
  }
}
