/** Steps of a plan in words. */
import type { Step, StepKind } from '#engine'

interface Words {
  /** Before it is done: `create`. */
  readonly plan: string
  /** While it is done: `creating`. */
  readonly doing: string
  /** After it was done: `created`. */
  readonly done: string
  /** What it does to the lab. */
  readonly sign: '+' | '~' | '-'
}

export const stepWords: Readonly<Record<StepKind, Words>> = {
  'put-switch': { plan: 'set up switch', doing: 'setting up', done: 'set up', sign: '+' },
  'create-machine': { plan: 'create', doing: 'creating', done: 'created', sign: '+' },
  'start-machine': { plan: 'start', doing: 'starting', done: 'started', sign: '+' },
  'prove-guest': { plan: 'wait until ready', doing: 'booting', done: 'ready', sign: '~' },
  'put-identity': {
    plan: 'give its own identity',
    doing: 'giving its own identity',
    done: 'one of its own',
    sign: '~',
  },
  'put-schedule': { plan: 'set power schedule', doing: 'setting schedule', done: 'scheduled', sign: '~' },
  'stop-machine': { plan: 'shut down', doing: 'shutting down', done: 'stopped', sign: '~' },
  'remove-machine': { plan: 'remove', doing: 'removing', done: 'removed', sign: '-' },
  'drop-switch': { plan: 'remove switch', doing: 'removing', done: 'removed', sign: '-' },
  'put-datastore': { plan: 'make datastore', doing: 'making', done: 'made', sign: '+' },
  'drop-datastore': { plan: 'remove datastore', doing: 'removing', done: 'removed', sign: '-' },
  'put-cluster': { plan: 'join hosts', doing: 'joining hosts', done: 'joined', sign: '+' },
  'drop-cluster': { plan: 'remove cluster', doing: 'removing', done: 'removed', sign: '-' },
  'freeze-machines': { plan: 'keep', doing: 'keeping', done: 'kept', sign: '~' },
  'resume-machines': { plan: 'resume', doing: 'resuming', done: 'resumed', sign: '~' },
  'pause-machines': { plan: 'pause', doing: 'pausing', done: 'paused', sign: '~' },
  'clear-site': { plan: 'clear up', doing: 'clearing up', done: 'cleared up', sign: '-' },
}

/** What the step is about; the step that clears up belongs to the lab as a whole. */
export function subjectOf(step: Step, lab: string): string {
  return step.path || lab
}
