/** The fixes of findings, made in the text of a lab file: as many as go together, and none that brings a new error. */
import type { FixWanted, MadeEdit, RuleFix } from '#cli'
import { editLab, type LabEdit, type LoadOptions, loadLab } from '#lab'
import { type Checkup, checkLab, type Finding, placeText, type SiteKnowledge } from '#rules'

/** What one finding, or several that are one place of the file, would have changed. */
interface Wish {
  readonly rule: string
  /** Of the finding, by names of the lab. */
  readonly at: string
  readonly key: string
  readonly edits: readonly LabEdit[]
}

interface State {
  readonly text: string
  readonly checkup: Checkup
}

interface Making {
  readonly load: LoadOptions
  readonly templates: boolean
  readonly site: SiteKnowledge | undefined
  readonly made: MadeEdit[]
  readonly refused: RuleFix['refused'][number][]
}

/** `text` must be a lab without problems. */
export function fixedText(
  text: string,
  load: LoadOptions,
  { findings, templates, site }: FixWanted,
): Omit<RuleFix, 'before'> {
  const making: Making = { load, templates, site, made: [], refused: [] }
  const begun = stateOf(text, making)
  // The file may have been changed since the findings were found.
  if (!begun) return { after: text, made: [], refused: [], checkup: { findings: [], suppressed: [] } }
  const done = make(wishesOf(text, load, findings), begun, making)
  return { after: done.text, made: making.made, refused: making.refused, checkup: done.checkup }
}

/** All together; when that does not work, the halves one after the other, down to those that do not work alone. */
function make(wishes: readonly Wish[], state: State, making: Making): State {
  const open = wishes.filter((wish) => counted(state.checkup).has(wish.key))
  if (open.length === 0) return state
  const tried = attempt(open, state, making)
  if (typeof tried !== 'string') {
    for (const { rule, edits } of open)
      making.made.push(...edits.map(({ path, value }) => ({ rule, at: placeText(path), value })))
    return tried
  }
  const [only] = open
  if (open.length === 1 && only) {
    making.refused.push(refusal(only, tried, state, making))
    return state
  }
  const half = Math.ceil(open.length / 2)
  return make(open.slice(half), make(open.slice(0, half), state, making), making)
}

function refusal(wish: Wish, text: string, state: State, making: Making): RuleFix['refused'][number] {
  const { rule, at } = wish
  const inTemplate =
    !making.templates && typeof attempt([wish], state, { ...making, templates: true }) !== 'string'
  return { rule, at, text, inTemplate }
}

/** The new state, or a sentence that says why there is none. */
function attempt(wishes: readonly Wish[], state: State, making: Making): State | string {
  const edits = unique(wishes.flatMap((wish) => wish.edits))
  const places = [...new Set(edits.map(({ path }) => placeText(path)))]
  const refuse = (reason: string) => `${places.join(', ')} was not changed: ${reason}.`
  if (places.length < edits.length) return refuse('two fixes want different values there')
  if (!making.templates && edits.some(({ path }) => path[0] === 'templates'))
    return refuse('it stands in a template, which every machine that extends it has')
  let text: string
  try {
    text = editLab(state.text, edits, { templates: making.templates, load: making.load })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'lab-edit-refused') return error.message
    throw error
  }
  const now = stateOf(text, making)
  if (!now) return refuse('the lab would not load any more')
  const [before, after] = [counted(state.checkup), counted(now.checkup)]
  const isMore = (key: string) => (after.get(key) ?? 0) > (before.get(key) ?? 0)
  const fresh = now.checkup.findings.find((finding) => finding.severity === 'error' && isMore(keyOf(finding)))
  if (fresh) return refuse(`it would break ${fresh.rule.id} at ${placeText(fresh.at)}`)
  const stays = wishes.some(({ key }) => (after.get(key) ?? 0) >= (before.get(key) ?? 0))
  return stays ? refuse('it would not help') : now
}

function stateOf(text: string, { load, site }: Making): State | undefined {
  const { lab } = loadLab(text, load)
  return lab && { text, checkup: checkLab(lab, site) }
}

const keyOf = ({ rule, at }: Finding): string => `${rule.id} ${placeText(at)}`

/** How often each rule speaks of each place. */
function counted({ findings }: Checkup): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const finding of findings) counts.set(keyOf(finding), (counts.get(keyOf(finding)) ?? 0) + 1)
  return counts
}

/** The machines of one `count` are one place of the file, so their fixes are one. */
function wishesOf(text: string, load: LoadOptions, findings: readonly Finding[]): readonly Wish[] {
  const { placeOf } = loadLab(text, load)
  if (!placeOf) return []
  const wishes = new Map<string, Wish>()
  for (const finding of findings) {
    const edits = (finding.edits ?? []).map(({ at, value }) => ({ path: placeOf(at).path, value }))
    const same = JSON.stringify([finding.rule.id, edits])
    if (edits.length === 0 || wishes.has(same)) continue
    wishes.set(same, { rule: finding.rule.id, at: placeText(finding.at), key: keyOf(finding), edits })
  }
  return [...wishes.values()]
}

function unique(edits: readonly LabEdit[]): readonly LabEdit[] {
  return [...new Map(edits.map((edit) => [JSON.stringify(edit), edit])).values()]
}
