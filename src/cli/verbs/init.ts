/** `nestlab init`: writes a first lab file. */
import { writeFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { fail } from '../errors.ts'
import { starterLab } from '../starter.ts'
import type { Verb } from '../verb.ts'

const ending = '.lab.yaml'

export const init: Verb = {
  name: 'init',
  summary: 'write a first lab file: two hypervisors with a machine inside each',
  arguments: [['[name]', 'the lab (default: the name of this folder); the file is NAME.lab.yaml']],
  examples: [
    { line: 'nestlab init', does: 'a lab named like this folder' },
    { line: 'nestlab init two-hypervisors', does: 'writes two-hypervisors.lab.yaml' },
  ],
  async run(call) {
    const [given] = call.args
    const name = given ?? nameFrom(basename(call.folder))
    if (!/^[a-z][a-z0-9-]{0,30}$/.test(name)) {
      const text = `"${name}" is no name for a lab: lower-case letters, digits and hyphens, at most 31, a letter first.`
      throw fail('wrong-usage', { text, command: 'nestlab init' })
    }
    const file = resolve(call.folder, name + ending)
    try {
      await writeFile(file, starterLab(name), { flag: 'wx' })
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
        throw fail('file-exists', { file }, error)
      throw fail(
        'cannot-write',
        { file, reason: error instanceof Error ? error.message : String(error) },
        error,
      )
    }
    if (call.json) call.terminal.say(JSON.stringify({ file, lab: name }))
    else
      call.terminal.say(
        `Wrote ${name}${ending}. Look at it with: nestlab show\nMake it true with: nestlab up`,
      )
    return 0
  },
}

/** Makes a lab's name out of a folder's. */
function nameFrom(folder: string): string {
  const name = folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '')
  return name.slice(0, 31).replace(/-+$/, '') || 'first-lab'
}
