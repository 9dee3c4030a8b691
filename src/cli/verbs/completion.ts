/** `nestlab completion`: teaches a shell the verbs and options. */

import { commandTree } from '../command-tree.ts'
import { completionFor, shells } from '../completion-scripts.ts'
import { fail } from '../errors.ts'
import type { Verb } from '../verb.ts'

export const completion: Verb = {
  name: 'completion',
  summary: 'print the completion script of a shell',
  arguments: [['<shell>', shells.join(', ')]],
  json: false,
  examples: [
    { line: 'source <(nestlab completion bash)', does: 'in ~/.bashrc' },
    { line: 'nestlab completion zsh > ~/.zfunc/_nestlab', does: 'in a folder of $fpath' },
    {
      line: 'nestlab completion fish > ~/.config/fish/completions/nestlab.fish',
      does: 'found by fish itself',
    },
  ],
  async run(call) {
    const shell = shells.find((one) => one === call.args[0])
    if (!shell) {
      const text = `There is no completion for "${call.args[0]}", only for ${shells.join(', ')}.`
      throw fail('wrong-usage', { text, command: 'nestlab completion' })
    }
    call.terminal.say(completionFor(shell, commandTree(call.verbs)))
    return 0
  },
}
