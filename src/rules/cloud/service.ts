/** Rules about clouds that end, and classes that are over before they begin. */
import { cloudFacts } from '#facts'
import { known } from '../articles.ts'
import { isBefore, readMoment } from '../moments.ts'
import { pages } from '../pages.ts'
import type { Hit, Rule } from '../rule.ts'
import { instancesOf } from './instance.ts'

export const retired: Rule = {
  id: 'cloud/retired',
  severity: 'warning',
  title: 'A lab does not rest on a cloud service that is about to end.',
  why:
    'A service that is closed to new customers can be used only by those who have it already. On the day of its end every lab ' +
    'in it is gone, so what is built now has to move before.',
  covers: [],
  sources: [pages.labsRetire],
  *find(scene) {
    const { closes } = scene.lab.class ?? {}
    for (const { title, terms, at } of instancesOf(scene)) {
      const { retires, closedToNewSince } = terms
      if (retires === undefined) continue
      const [end, last] = [readMoment(retires), closes === undefined ? undefined : readMoment(closes)]
      const tooLate = end !== undefined && last !== undefined && isBefore(end, last)
      const closed =
        closedToNewSince === undefined ? '' : `, and takes no new customers since ${closedToNewSince}`
      yield {
        at: [...at, 'provider'],
        text: `${title} ends on ${retires}${closed}${tooLate ? `; the class would run until ${closes}` : ''}.`,
        remedy: `Choose another cloud, such as ${cloudFacts('azure')?.title ?? 'Azure'}, for what is to last.`,
        ...(tooLate && { severity: 'error' }),
      }
    }
  },
}

export const classDates: Rule = {
  id: 'class/dates',
  severity: 'error',
  title: 'A class opens before it closes, on days that exist.',
  why:
    'The seats are handed out and taken away by these times. With a wrong one they are never there, or never taken away, ' +
    'and go on costing money.',
  covers: [],
  sources: [known],
  *find({ lab }) {
    const { opens, closes } = lab.class ?? {}
    const [first, last] = [opens, closes].map((text) => (text === undefined ? undefined : readMoment(text)))
    if (opens !== undefined && !first) yield unreadable('opens', opens)
    if (closes !== undefined && !last) yield unreadable('closes', closes)
    if (!first || !last || !isBefore(last, first)) return
    yield {
      at: ['class', 'closes'],
      text: `The class closes (${closes}) before it opens (${opens}).`,
      remedy: 'Write a later time for `closes`, or an earlier one for `opens`.',
    }
  },
}

function unreadable(key: 'opens' | 'closes', text: string): Hit {
  return {
    at: ['class', key],
    text: `\`${text}\` is no day and time.`,
    remedy: `Write it like \`${key}: 2027-01-11T08:00:00Z\`.`,
  }
}
