/** The one test suite that every provider passes, or says which part of it does not apply and why. */
import { describe, test } from 'node:test'
import { type ConformanceCase, conformanceCases } from './conformance-cases.ts'
import { copiesCases } from './conformance-copies-cases.ts'
import type { Fixture } from './conformance-fixture.ts'
import { snapshotCases } from './conformance-snapshot-cases.ts'

export type { ConformanceCase } from './conformance-cases.ts'
export type { CopyBench, Fixture, Plug } from './conformance-fixture.ts'

/** What a provider without snapshots of machines leaves out. */
export const snapshotSentences = Object.keys(snapshotCases) as readonly (keyof typeof snapshotCases)[]

/** What a provider leaves out whose machines cannot be kept with their memory. */
export const copiesSentences = Object.keys(copiesCases) as readonly (keyof typeof copiesCases)[]

export interface Skip {
  readonly cases: readonly ConformanceCase[]
  /** Printed with each skipped case. */
  readonly reason: string
}

/** Registers the suite with node:test. `open` makes a place of its own for each case, with nothing in it. */
export function providerConformance(
  name: string,
  open: () => Promise<Fixture>,
  skips: readonly Skip[] = [],
): void {
  describe(`the ${name} provider`, () => {
    for (const [sentence, prove] of conformanceCases) {
      const skip = skips.find(({ cases }) => cases.includes(sentence))
      test(sentence, skip ? { skip: skip.reason } : {}, async () => {
        const fixture = await open()
        try {
          await prove(fixture)
        } finally {
          await fixture.close()
        }
      })
    }
  })
}
