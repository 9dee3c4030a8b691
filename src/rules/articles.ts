/** Sources of rules: the five articles on nested labs that they begin with, pages, and what goes without one. */
import type { Source } from '#facts'

const asOf = '2026-11-28'

/** By the short names that the table of statements uses. */
export const articles = {
  S0: { title: 'Rick Mur, "Nested Virtualization"', grade: 'S', asOf },
  S1: { title: '"Lab Expandeth IV" (2014)', grade: 'S', asOf },
  S2: { title: 'CloudShare, on nested virtualization', grade: 'S', asOf },
  S3: { title: 'Rick Mur, "Home lab server"', grade: 'S', asOf },
  S4: { title: 'Use cases of nested virtualization: VMware, Azure Lab Services, EC2', grade: 'S', asOf },
} as const satisfies Readonly<Record<string, Source>>

/** Where no page was read. */
export const known: Source = { title: 'Common knowledge of the field', grade: 'K', asOf }

/** What follows from how Nestlab itself works. */
export const ofNestlab: Source = { title: 'Nestlab', grade: 'K', asOf }

/** A page that was read in a stored copy. */
export function page(title: string, url: string, grade: Source['grade'] = 'V'): Source {
  return { title, url, grade, asOf }
}
