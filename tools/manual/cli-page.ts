/** Makes the manual's page of the command line out of the verbs. */
import { commandTree, verbs } from '#cli'

type Node = ReturnType<typeof commandTree>[number]

export function cliPage(): string {
  const nodes = commandTree(verbs)
  return `# The command line

${usage}

${nodes.map(section).join('\n\n')}
`
}

const usage = `\`PATH\` is a machine's place in the lab, at any depth: \`kvm-1/web\` is the machine \`web\` inside \`kvm-1\`.

- **Which lab.** \`check\`, \`show\`, \`plan\` and \`up\` read a lab file: the one named with \`-f\`, else the only \`*.lab.yaml\` in the folder. A TypeScript lab file is a program; it runs only when \`-f\` names it. The other verbs work on labs that exist: the one named with \`--lab\`, else the only one, else the one that came from this folder.
- **Exit codes.** 0 done · 1 the lab is wrong or a check failed · 2 wrong usage · 3 this host cannot · 4 a step failed. \`exec\` and \`ssh\` hand on the exit code of what they ran.
- **Output.** Answers go to standard output, progress and complaints to standard error. With \`--json\` an answer is one JSON document; when the command fails it is \`{"error": {"code", "text", "next", "exit"}}\`. Verbs for people at a terminal (\`ssh\`, \`console\`) have no \`--json\`.
- **Ctrl-C.** The first one ends what was begun in good order and says what exists; the second one quits at once. Either way the next command goes on from there.
- **Colours** are used on terminals only, and not with \`--no-color\`, \`NO_COLOR\` or \`TERM=dumb\`.`

function section(node: Node): string {
  const words = `nestlab ${node.words.join(' ')}`
  const call = [words, ...node.arguments.map(([name]) => name)].join(' ')
  const parts = [`## ${words}`, `\`${call}\`: ${node.summary}.`]
  if (node.more) parts.push(node.more)
  const rows = [...node.arguments, ...node.options.map((option) => [flags(option), option.text] as const)]
  parts.push(table(rows))
  const lines = node.examples.map((example) => `${example.line}   # ${example.does}`)
  parts.push(`\`\`\`sh\n${lines.join('\n')}\n\`\`\``)
  return parts.join('\n\n')
}

function flags({ short, long, value }: Node['options'][number]): string {
  return `${short ? `${short}, ` : ''}${long}${value ? ` ${value}` : ''}`
}

function table(rows: readonly (readonly [string, string])[]): string {
  const cell = (text: string) => text.replaceAll('|', '\\|')
  const lines = rows.map(([name, text]) => `| \`${cell(name)}\` | ${cell(text)} |`)
  return ['| | |', '|---|---|', ...lines].join('\n')
}
