/** `nestlab import`: writes a lab file about what is already there. */
import { writeFile } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { fail } from '../errors.ts'
import type { Imported, ImportWish } from '../import-contract.ts'
import { showImport } from '../import-progress.ts'
import { importLines } from '../import-text.ts'
import type { Call, Exit, Verb } from '../verb.ts'

const vsphere: Verb = {
  name: 'vsphere',
  summary:
    'write a lab file about what a vCenter or ESXi host has: hosts, networks, machines, and what is inside',
  more:
    'Nothing there is changed: only methods that read are sent. check, trace and size then work on the file.\n' +
    'The inside of nested ESXi hosts is read when somebody is named who logs in there (nestlab site set SITE\n' +
    'nested.user root) and their password is known (NESTLAB_NESTED_PASSWORD_SITE, the keyring, or asked for).\n' +
    'Whoever controls such a machine can read that password, and with --trust-nested whoever answers at its address.',
  arguments: [['<site>', 'a site that was added with nestlab site add']],
  options: [
    ['--folder <path>', 'only machines in this folder and below, as in DATACENTER/vm/FOLDER'],
    ['--cluster <name>', 'only machines on hosts of this cluster'],
    ['--vm <names>', 'only machines of these names, with commas between them; * stands for any letters'],
    ['--trust-nested', 'log in to nested hosts also where nobody vouches for their certificate'],
    ['-o, --output <file>', 'the file to be written; - for standard output (default: SITE.lab.yaml)'],
    ['--force', 'write over the file'],
  ],
  examples: [
    { line: 'nestlab import vsphere home', does: 'write home.lab.yaml; then: nestlab check home.lab.yaml' },
    {
      line: "nestlab import vsphere home --vm 'esxi-*' --trust-nested -o nested.lab.yaml",
      does: 'the nested hosts and all that is inside them',
    },
  ],
  async run(call) {
    const wish = wishOf(call)
    const output = call.value('output')
    const file = output === '-' ? undefined : resolve(call.folder, output ?? `${wish.site}.lab.yaml`)
    const commands = await call.services.imports()
    const imported = await (async () => {
      using progress = showImport(call.terminal, wish.site)
      return await commands.vsphere(wish, { signal: call.signal, onProgress: progress.onProgress })
    })()
    if (file !== undefined) await write(file, imported.text, call.has('force'))
    return said(call, imported, file)
  },
}

function wishOf(call: Call): ImportWish {
  const folder = call.value('folder')
  const cluster = call.value('cluster')
  const machines = call
    .value('vm')
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  if (machines?.length === 0)
    throw fail('wrong-usage', { text: '--vm names no machine.', command: 'nestlab import vsphere' })
  return {
    site: call.args[0] ?? '',
    ...(folder !== undefined && { folder }),
    ...(cluster !== undefined && { cluster }),
    ...(machines && { machines }),
    trustNested: call.has('trust-nested'),
  }
}

async function write(file: string, text: string, force: boolean): Promise<void> {
  try {
    await writeFile(file, text, { flag: force ? 'w' : 'wx' })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw fail('import-file-exists', { file }, error)
    const reason = error instanceof Error ? error.message : String(error)
    throw fail('cannot-write', { file, reason }, error)
  }
}

/** The lab file is the answer on standard output where no file was wanted; what there is to say goes beside it. */
function said(call: Call, imported: Imported, file: string | undefined): Exit {
  const { terminal, folder } = call
  const { text, ...rest } = imported
  const named = file === undefined ? undefined : relative(folder, file).replace(/^\.\..*$/, file)
  if (call.json) {
    terminal.say(JSON.stringify(file === undefined ? { ...rest, text } : { ...rest, file }))
    return 0
  }
  const lines = importLines(imported, named).join('\n')
  if (file === undefined) {
    terminal.say(text.trimEnd())
    terminal.tell(lines)
  } else terminal.say(lines)
  return 0
}

export const importVerb: Verb = {
  name: 'import',
  summary: 'write a lab file about what is already there',
  examples: vsphere.examples,
  verbs: [vsphere],
}
