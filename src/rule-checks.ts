/** The rules as the command line asks for them: lab files checked, and their safe fixes written in place. */
import { readFile } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
import type { RuleChecks } from '#cli'
import { imageNames } from '#guests'
import { nearest } from '#lab'
import { allRules, checkLab, placeText } from '#rules'
import { type Roots, replaceLabFile, sitePaths } from '#store'
import { siteOfReport, siteOfServer } from './probed-site.ts'
import { fixedText } from './rule-fixes.ts'

export function openRuleChecks(roots: Roots): RuleChecks {
  return {
    rules: allRules,
    nearestRule,
    check: checkLab,
    placeText,
    siteOf: siteOfReport,
    siteOfServer,
    async chosen(lab, only) {
      if (only === undefined) return undefined
      const { selectMachines } = await import('#engine')
      return selectMachines(lab, only)
    },
    async fix(file, wanted) {
      // A program is not edited.
      if (!/^\.(ya?ml|json)$/.test(extname(file))) return undefined
      const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(await readFile(file))
      const load = { file, folder: dirname(file), knownImages: await imageNames(sitePaths(roots).images) }
      return { before: text, ...fixedText(text, load, wanted) }
    },
    replace: replaceLabFile,
  }
}

/** People remember the second half of an id. */
function nearestRule(id: string): string | undefined {
  const ids = allRules.map((rule) => rule.id)
  const near = nearest(id, ids)
  if (near !== undefined) return near
  const ends = new Map(ids.map((one) => [one.slice(one.indexOf('/') + 1), one]))
  const end = nearest(id.slice(id.indexOf('/') + 1), [...ends.keys()])
  return end === undefined ? undefined : ends.get(end)
}
