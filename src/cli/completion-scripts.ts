/** Completion scripts for shells, made from the command tree. */
import type { CommandNode } from './command-tree.ts'

export const shells = ['bash', 'zsh', 'fish'] as const

export type Shell = (typeof shells)[number]

export function completionFor(shell: Shell, tree: readonly CommandNode[]): string {
  return { bash, zsh, fish }[shell](tree)
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

const topLevel = (tree: readonly CommandNode[]) => tree.filter((node) => node.words.length === 1)

/** Shell lines that walk over the words typed so far and leave the verb in `$verb`. */
function walk(tree: readonly CommandNode[]): string {
  const cases = tree.map((node) => {
    const before = node.words.slice(0, -1).join(' ')
    return `      ${quoted(`${before}|${node.words.at(-1)}`)}) verb=${quoted(node.words.join(' '))} ;;`
  })
  return `    case "$verb|$word" in\n${cases.join('\n')}\n    esac`
}

function bash(tree: readonly CommandNode[]): string {
  const verbs = topLevel(tree).map((node) => node.words.join(' '))
  const cases = tree.map((node) => {
    const words = [
      ...node.verbs.map((verb) => verb.name),
      ...node.options.map((option) => option.long),
      '--help',
    ]
    return `    ${quoted(node.words.join(' '))}) known=${quoted(words.join(' '))} ;;`
  })
  return `# nestlab completion for bash
_nestlab() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} verb= word known=
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
${walk(tree)}
  done
  case "$verb" in
    '') known=${quoted([...verbs, '--help', '--version'].join(' '))} ;;
${cases.join('\n')}
  esac
  COMPREPLY=()
  case "$previous" in -f|--file) return ;; esac
  COMPREPLY=($(compgen -W "$known" -- "$current"))
}
complete -o default -F _nestlab nestlab`
}

function zsh(tree: readonly CommandNode[]): string {
  const described = (rows: readonly { name: string; summary: string }[]) =>
    rows.map(({ name, summary }) => quoted(`${name}:${summary}`)).join(' ')
  const cases = tree.map((node) => {
    const options = node.options.map((option) => ({ name: option.long, summary: option.text }))
    return `    ${quoted(node.words.join(' '))}) verbs=(${described(node.verbs)}) options=(${described(options)}) ;;`
  })
  const top = topLevel(tree).map((node) => ({ name: node.words.join(' '), summary: node.summary }))
  return `#compdef nestlab
# nestlab completion for zsh
_nestlab() {
  local verb= word
  local -a verbs options
  for word in "\${(@)words[2,CURRENT-1]}"; do
${walk(tree)}
  done
  case "$verb" in
    '') verbs=(${described(top)}) ;;
${cases.join('\n')}
  esac
  (( \${#verbs} )) && _describe verb verbs
  (( \${#options} )) && _describe option options
  _files
}
if [ "$funcstack[1]" = _nestlab ]; then _nestlab "$@"; else compdef _nestlab nestlab; fi`
}

function fish(tree: readonly CommandNode[]): string {
  const lines = topLevel(tree).map(
    (node) =>
      `complete -c nestlab -n __fish_use_subcommand -f -a ${node.words.join(' ')} -d ${quoted(node.summary)}`,
  )
  for (const node of tree) {
    const here = quoted(node.words.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and '))
    for (const verb of node.verbs) {
      lines.push(`complete -c nestlab -n ${here} -f -a ${verb.name} -d ${quoted(verb.summary)}`)
    }
    for (const { long, short, value, text } of node.options) {
      const flags = `-l ${long.slice(2)}${short ? ` -s ${short.slice(1)}` : ''}${value ? ' -r' : ''}`
      lines.push(`complete -c nestlab -n ${here} ${flags} -d ${quoted(text)}`)
    }
  }
  return `# nestlab completion for fish\n${lines.join('\n')}`
}
