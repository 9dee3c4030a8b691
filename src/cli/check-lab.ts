/** One lab checked: the problems of its file, or what the rules find in it. */
import { relative, resolve } from 'node:path'
import type { Problem, ResolvedLab } from '#lab'
import type { Checkup, SiteKnowledge } from '#rules'
import { fail } from './errors.ts'
import { pickFile, pickLab } from './pick-lab.ts'
import type { LoadedLab, RuleChecks } from './services.ts'
import type { Call } from './verb.ts'

export interface CheckedLab {
  /** As messages name it: the file as seen from the folder of the command, or the lab. */
  readonly title: string
  /** Absolute; absent for a lab as it was last brought up. */
  readonly file?: string
  /** Absent when the file has problems. */
  readonly lab?: ResolvedLab
  readonly problems: readonly Problem[]
  readonly checkup: Checkup
  readonly placeOf?: LoadedLab['placeOf']
  readonly render?: LoadedLab['render']
}

/** Programs are run by loading them, so one must be meant by its name, not by a pattern of the shell. */
const yamlEndings = /\.(ya?ml|json)$/

/** The files named on the command line, absolute; without any, the only one of this folder. */
export async function filesOf(call: Call): Promise<readonly string[]> {
  const program = call.args.find((name) => !yamlEndings.test(name))
  if (program !== undefined) {
    throw fail('wrong-usage', {
      text: `${program} is no YAML file. A lab that is a program is run when it is named with -f.`,
      command: 'nestlab check',
    })
  }
  const named = call.args.map((name) => resolve(call.folder, name))
  if (named.length === 0 || call.value('file') !== undefined) named.unshift(await pickFile(call))
  return [...new Set(named)]
}

export async function checkFile(
  call: Call,
  file: string,
  { rules, site }: { rules: RuleChecks; site?: SiteKnowledge | undefined },
): Promise<CheckedLab> {
  const { lab, problems, placeOf, render } = await (await call.services.labFiles()).load(file)
  const checkup = lab ? rules.check(lab, site) : { findings: [], suppressed: [] }
  return {
    ...{ title: titleOf(call, file), file, problems, checkup, render },
    ...(lab && { lab }),
    ...(placeOf && { placeOf }),
  }
}

/** The lab as it was last brought up: nothing of it has a line. */
export async function checkRecorded(
  call: Call,
  { rules, site }: { rules: RuleChecks; site?: SiteKnowledge | undefined },
): Promise<CheckedLab> {
  const name = await pickLab(call)
  const lab = await (await call.services.engine()).recorded(name)
  return { title: `the lab ${name}`, lab, problems: [], checkup: rules.check(lab, site) }
}

export function titleOf(call: Call, file: string): string {
  const inside = relative(call.folder, file)
  return inside.startsWith('..') ? file : inside
}

/** Whether it cannot work: what makes the exit code 1. */
export function isWrong({ problems, checkup }: CheckedLab): boolean {
  return problems.length > 0 || checkup.findings.some(({ severity }) => severity === 'error')
}
