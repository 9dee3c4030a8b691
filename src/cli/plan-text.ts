/** A plan as a tree: what will be created, changed and destroyed, and why. */
import type { NotedPlan, Plan, Step } from '#engine'
import type { Paint } from './paint.ts'
import { stepWords, subjectOf } from './step-words.ts'
import { nested, tree } from './table.ts'

interface Subject {
  readonly path: string
  readonly steps: readonly Step[]
}

export function planLines(plan: Plan, paint: Paint): string[] {
  if (plan.steps.length === 0 && plan.deferred.length === 0)
    return [`${plan.lab} is as wanted: nothing to do.`]
  const rows = nested(
    subjectsOf(plan),
    (subject) => subject.path,
    (subject) => cells(subject, plan, paint),
  )
  const head = `${paint.strong(plan.lab)}: ${plan.steps.length} steps, ${plan.unchanged.length} already as wanted`
  const separated = new Set(plan.steps.filter((step) => step.do === 'put-identity').map(({ path }) => path))
  return [
    head,
    ...tree(rows),
    ...plan.deferred.map(
      (path) =>
        `${path}: what is to be done inside is planned ${separated.has(path) ? 'after that' : 'once it answers'}`,
    ),
  ]
}

/** What would be asked of the site, step by step, where the site can say it. */
export function callLines({ calls = [] }: NotedPlan): string[] {
  return calls.flatMap(({ step, calls: lines }) => [`${step} calls:`, ...lines.map((line) => `  ${line}`)])
}

/** What should be known before it is carried out. */
export function noteLines({ lab, notes }: NotedPlan): string[] {
  return notes.map(({ path, text }) => `note: ${path || lab}: ${text}`)
}

/** Everything the plan touches, and what is around it even when that stays as it is. */
function subjectsOf(plan: Plan): Subject[] {
  const steps = Map.groupBy(plan.steps, (step) => subjectOf(step, plan.lab))
  const paths = new Set([...plan.unchanged, ...steps.keys()])
  return [...paths].map((path) => ({ path, steps: steps.get(path) ?? [] }))
}

function cells(subject: Subject, plan: Plan, paint: Paint): string[] {
  const name = subject.path.split('/').at(-1) ?? subject.path
  const [first] = subject.steps
  if (!first) return [`  ${paint.faint(name)}`, paint.faint('as wanted')]
  const sign = signOf(subject.steps)
  const colour = { '+': paint.good, '~': paint.doubtful, '-': paint.bad }[sign]
  const words = subject.steps.map((step) => stepWords[step.do].plan).join(', ')
  const reasons = [...new Set(subject.steps.map((step) => step.because))].filter((reason) => reason !== '')
  return [
    `${colour(sign)} ${subject.path === plan.lab ? paint.strong(name) : name}`,
    words,
    paint.faint(reasons.join('; ')),
  ]
}

/** Removing and creating again is a change. */
function signOf(steps: readonly Step[]): '+' | '~' | '-' {
  const signs = new Set(steps.map((step) => stepWords[step.do].sign))
  if (signs.has('+') && signs.has('-')) return '~'
  if (signs.has('-')) return '-'
  return signs.has('+') ? '+' : '~'
}
