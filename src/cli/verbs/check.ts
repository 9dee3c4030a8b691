/** `nestlab check`: will the lab work? */
import { fileOption } from '../pick-lab.ts'
import type { OptionRow, Verb } from '../verb.ts'

const options: readonly OptionRow[] = [
  fileOption,
  ['--lab <name>', 'check the lab of that name as it was last brought up'],
  ['--site <name>', 'judge level 0 by what it really is: `local` for this machine, or a site that was added'],
  [
    '--severity <least>',
    'tell error, warning, or advice and what is worse (default: warning; advice in JSON and SARIF)',
  ],
  ['--sarif', 'print the findings as SARIF 2.1.0, for code hosts'],
  ['--format <name>', 'print the findings as annotations for a pipeline; the name is `github`'],
  ['--explain [rule]', 'say what a rule holds, why, and who says so; without a rule: all of them'],
  ['--fix', 'change the lab file where a fix is safe, after showing the difference'],
  ['--yes', 'with --fix: do not ask first'],
  ['--dry-run', 'with --fix: print the difference and write nothing'],
  ['--templates', 'with --fix: change templates too, and so every machine that extends them'],
]

export const check: Verb = {
  name: 'check',
  summary: 'say everything that is wrong with a lab file, and whether the lab will work',
  more:
    'Nothing is started. First come problems of the file; where there are none, what the rules find in the lab: errors\n' +
    '(cannot work), warnings (works badly or by luck) and advice. Exit code 1 says that there are problems or errors.\n' +
    'With several files, --json prints { "ok", "files": [...] }.',
  arguments: [['[files...]', 'lab files (default: the only *.lab.yaml in this folder)']],
  options,
  examples: [
    { line: 'nestlab check', does: 'check the only lab file of this folder' },
    { line: 'nestlab check -f class.lab.yaml --json', does: 'the same for an editor or a pipeline' },
    { line: 'nestlab check labs/*.lab.yaml --format github', does: 'annotations in a workflow of GitHub' },
    { line: 'nestlab check --fix --dry-run', does: 'show what would be changed where a fix is safe' },
    { line: 'nestlab check --site local', does: 'would it work on this machine?' },
    {
      line: 'nestlab check --explain network/promiscuous',
      does: 'what the rule holds, why, and who says so',
    },
  ],
  // Much of what it needs no other verb needs, and every start reads what is named at the top of this file.
  run: async (call) => await (await import('../check-run.ts')).runCheck(call),
}
