/** Every path Nestlab reads or writes on the machine it runs on, in one list. */
import { homedir, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

export interface Roots {
  /** What must survive a reboot: images, lab records, journals. */
  readonly state: string
  /** What ends with the processes it belongs to: sockets and pid files. Short, since socket paths end at 107 bytes. */
  readonly run: string
}

/** `NESTLAB_HOME` puts everything under one folder; otherwise the XDG folders. */
export function rootsFrom(environment: NodeJS.ProcessEnv): Roots {
  const home = environment['NESTLAB_HOME']
  if (home) return { state: join(home, 'state'), run: join(home, 'run') }
  const state = environment['XDG_STATE_HOME'] || join(homedir(), '.local', 'state')
  const run = environment['XDG_RUNTIME_DIR']
  return {
    state: join(state, 'nestlab'),
    run: run ? join(run, 'nestlab') : join(tmpdir(), `nestlab-${userInfo().uid}`),
  }
}

/** Files of the whole installation. */
export function sitePaths(roots: Roots) {
  return {
    /** One folder an image, named by its SHA-256; `names/NAME.json` says which is current. */
    images: join(roots.state, 'images'),
    /** Half-finished downloads and builds; may be removed at any time when nothing runs. */
    scratch: join(roots.state, 'scratch'),
    /** One folder a lab. */
    labs: join(roots.state, 'labs'),
    /** Verdict on the accelerator, per boot and QEMU version. */
    accelerator: join(roots.state, 'accelerator.json'),
  }
}

/** Files of one lab at L0. A lab's name is safe as a file name (checked in `lab`). */
export function labPaths(roots: Roots, lab: string) {
  const state = join(roots.state, 'labs', lab)
  const run = join(roots.run, lab)
  return {
    state,
    run,
    /** The resolved lab as it was last brought up, with the file it came from. */
    record: join(state, 'lab.json'),
    /** What was done, one JSON line before and one after each step. */
    journal: join(state, 'journal.jsonl'),
    /** Held by the one command that changes the lab. */
    lock: join(state, 'lock'),
    /** SSH keys of the lab; mode 0600. */
    keys: join(state, 'keys.json'),
    /** The simulated machine park of a lab on site `sim`. */
    simulation: join(state, 'simulation.json'),
  }
}
