/** `nestlab blueprint`: labs in one file, to be shared. */
import { relative, resolve } from 'node:path'
import type { ResolvedLab } from '#lab'
import type { BlueprintCommands, PackWish } from '../blueprint-contract.ts'
import { packRunning } from '../blueprint-running.ts'
import { factLines, packedLines, unpackedLines } from '../blueprint-text.ts'
import { fail } from '../errors.ts'
import { imageProgress } from '../image-progress.ts'
import { fileOption, loadLab } from '../pick-lab.ts'
import type { Call, OptionRow, Verb } from '../verb.ts'

const ending = '.nestlab'
const keyOption: OptionRow = ['--key <file>', 'a public Ed25519 key (PEM) that it must be signed with']
const plainOption: OptionRow = [
  '--plain-http',
  'talk to the registry without TLS; only inside a network that is yours alone',
]
const replaceOption: OptionRow = ['--replace', 'write over the file']
const sourceArgument: OptionRow = ['<blueprint>', 'a file, a folder, or oci:FOLDER[:TAG]']
const referenceArgument: OptionRow = ['<reference>', 'HOST[:PORT]/NAME[:TAG], or oci:FOLDER[:TAG]']
const login =
  'Where a registry asks who you are: NESTLAB_REGISTRY_USER, and NESTLAB_REGISTRY_PASSWORD or a prompt.'

const pack: Verb = {
  name: 'pack',
  summary: 'pack a lab with its images into one file',
  more:
    'Keys, passwords and what identifies this machine are left out. Images that may not be handed on are named only.\n' +
    'With --running the lab is brought up under keys made for this blueprint alone, packed as it runs, and taken down.',
  arguments: [
    ['[lab[@snapshot]]', 'a lab of nestlab ls, as it was brought up or at a snapshot; absent: a file'],
  ],
  options: [
    fileOption,
    ['-o, --output <file>', 'the file to be written (default: NAME.nestlab)'],
    ['--thin', 'name the images by their hash instead of packing them'],
    ['--running', 'pack the lab as it runs, so that it starts where it is taken in without booting'],
    ['--sign <file>', 'sign it with this private Ed25519 key (PEM)'],
    replaceOption,
  ],
  examples: [
    {
      line: 'nestlab blueprint pack -f dc.lab.yaml -o dc.nestlab',
      does: 'lab file, README, picture, images',
    },
    {
      line: 'nestlab blueprint pack dc --running',
      does: 'the lab starts in a moment wherever it is unpacked',
    },
  ],
  async run(call) {
    const found = await labOf(call)
    if (!found) return 1
    const { lab, file } = found
    const output = resolve(call.folder, call.value('output') ?? `${lab.name}${ending}`)
    const sign = call.value('sign')
    const wish: PackWish = {
      ...{ lab, output, thin: call.has('thin'), replace: call.has('replace') },
      ...(file !== undefined && { file }),
      ...(sign !== undefined && { signKeyFile: resolve(call.folder, sign) }),
    }
    const blueprints = await call.services.blueprints()
    const packed = await carriedOut(call, blueprints, wish)
    if (call.json) call.terminal.say(JSON.stringify({ file: output, lab: lab.name, ...packed }))
    else call.terminal.say(packedLines(packed, shown(call, output), call.terminal.paint).join('\n'))
    return 0
  },
}

async function carriedOut(call: Call, blueprints: BlueprintCommands, wish: PackWish) {
  const packing = async (whole: PackWish) =>
    await shownWork(call, (onProgress) => blueprints.pack(whole, { onProgress, signal: call.signal }))
  if (!call.has('running')) return await packing(wish)
  const passing = await blueprints.passing(wish)
  return await packRunning(call, passing, (running) => packing({ ...wish, running }))
}

/** A lab file, or a lab that was brought up; undefined when the file is wrong, which is told. */
async function labOf(call: Call): Promise<{ readonly lab: ResolvedLab; readonly file?: string } | undefined> {
  const [named] = call.args
  if (named === undefined) return await loadLab(call)
  if (call.value('file') !== undefined)
    throw fail('wrong-usage', { text: 'Name a lab or a file, not both.', command: 'nestlab blueprint pack' })
  const { splitName } = await import('#engine')
  const { lab, snapshot } = splitName(named)
  const found = await (await call.services.engine()).recorded(lab, snapshot)
  if (snapshot !== undefined) await (await call.services.blueprints()).refuseWritten(found)
  return { lab: found }
}

const unpack: Verb = {
  name: 'unpack',
  summary: 'take a blueprint in: its images into the image store, its lab file into a folder',
  more:
    'Nothing of it is believed: sizes, names and hashes are checked, and no image changes what a name means here.\n' +
    'With --running its memory is taken in too, which QEMU reads with your rights: only from those you trust.',
  arguments: [sourceArgument],
  options: [
    ['--name <name>', 'how the lab is called here, and its folder (default: as it was)'],
    ['--running', 'let the next up go on from the running lab that is in it'],
    keyOption,
    ['--max-bytes <count>', 'refuse to unpack more (default: what is free on the disk)'],
  ],
  examples: [
    { line: 'nestlab blueprint unpack dc.nestlab', does: 'then: nestlab up -f dc/lab.yaml' },
    {
      line: 'nestlab blueprint unpack dc.nestlab --running --key team.pub',
      does: 'goes on as it was packed',
    },
  ],
  async run(call) {
    const name = call.value('name')
    const maxBytes = countOf(call)
    const wish = {
      ...{ source: sourceOf(call), folder: call.folder, running: call.has('running'), ...keyOf(call) },
      ...(name !== undefined && { name }),
      ...(maxBytes !== undefined && { maxBytes }),
    }
    const blueprints = await call.services.blueprints()
    const { signal } = call
    const unpacked = await shownWork(call, (onProgress) =>
      blueprints.unpack(wish, { onProgress, onEvent: () => undefined, signal }),
    )
    if (call.json) call.terminal.say(JSON.stringify(unpacked))
    else
      call.terminal.say(unpackedLines(unpacked, shown(call, unpacked.file), call.terminal.paint).join('\n'))
    return 0
  },
}

const inspect: Verb = {
  name: 'inspect',
  summary: 'say what is in a blueprint, without unpacking anything of it',
  more: login,
  arguments: [['<blueprint>', 'a file, a folder, oci:FOLDER[:TAG], or HOST[:PORT]/NAME[:TAG]']],
  options: [keyOption, plainOption],
  examples: [{ line: 'nestlab blueprint inspect dc.nestlab', does: 'lab, images, sizes, signatures' }],
  async run(call) {
    const blueprints = await call.services.blueprints()
    const [named = ''] = call.args
    const source = isReference(named) ? named : resolve(call.folder, named)
    const run = { onProgress: () => undefined, signal: call.signal }
    const facts = await blueprints.inspect(source, { ...keyOf(call), ...plainOf(call) }, run)
    if (call.json) call.terminal.say(JSON.stringify(facts))
    else call.terminal.say(factLines(facts, call.terminal.paint).join('\n'))
    return 0
  },
}

const push: Verb = {
  name: 'push',
  summary: 'hand a blueprint to a registry, or to a folder with several',
  more: login,
  arguments: [sourceArgument, referenceArgument],
  options: [keyOption, plainOption],
  examples: [
    { line: 'nestlab blueprint push dc.nestlab ghcr.io/me/dc:1', does: 'any OCI registry' },
    { line: 'nestlab blueprint push dc.nestlab oci:/mnt/labs:dc', does: 'a folder, such as a share' },
  ],
  async run(call) {
    const blueprints = await call.services.blueprints()
    const wish = { reference: call.args[1] ?? '', ...keyOf(call), ...plainOf(call) }
    const { signal } = call
    const pushed = await shownWork(call, (onProgress) =>
      blueprints.push(sourceOf(call), wish, { onProgress, signal }),
    )
    const { good } = call.terminal.paint
    if (call.json) call.terminal.say(JSON.stringify(pushed))
    else
      call.terminal.say(
        `${good('✓')} ${pushed.digest}: ${pushed.writtenBlobs} sent, ${pushed.keptBlobs} there.`,
      )
    return 0
  },
}

const pull: Verb = {
  name: 'pull',
  summary: 'fetch a blueprint from a registry, or out of a folder with several',
  more: login,
  arguments: [referenceArgument],
  options: [
    ['-o, --output <file>', 'the file to be written (default: the last word of the name, .nestlab)'],
    keyOption,
    plainOption,
    replaceOption,
  ],
  examples: [
    { line: 'nestlab blueprint pull ghcr.io/me/dc:1', does: 'then: nestlab blueprint unpack dc.nestlab' },
  ],
  async run(call) {
    const blueprints = await call.services.blueprints()
    const [reference = ''] = call.args
    const output = resolve(call.folder, call.value('output') ?? fileNameOf(reference))
    const wish = { reference, output, replace: call.has('replace'), ...keyOf(call), ...plainOf(call) }
    const { signal } = call
    const pulled = await shownWork(call, (onProgress) => blueprints.pull(wish, { onProgress, signal }))
    if (call.json) call.terminal.say(JSON.stringify({ file: output, ...pulled }))
    else call.terminal.say(packedLines(pulled, shown(call, output), call.terminal.paint).join('\n'))
    return 0
  },
}

export const blueprint: Verb = {
  name: 'blueprint',
  summary: 'pack labs into one file, take in those of others, hand them to registries',
  examples: [...pack.examples, ...unpack.examples],
  verbs: [pack, unpack, inspect, push, pull],
}

async function shownWork<Result>(
  call: Call,
  work: (onProgress: ReturnType<typeof imageProgress>['onProgress']) => Promise<Result>,
): Promise<Result> {
  using progress = imageProgress(call.terminal)
  return await work(progress.onProgress)
}

function sourceOf(call: Call): string {
  const [named = ''] = call.args
  return named.startsWith('oci:') ? named : resolve(call.folder, named)
}

/** What has a host before its first slash is a name in a registry; a path of that form is written with `./`. */
function isReference(named: string): boolean {
  return named.startsWith('oci:') || /^(localhost|[\w-]+(\.[\w-]+)+|\[[\da-f:.]+\])(:\d+)?\//i.test(named)
}

function fileNameOf(reference: string): string {
  const [path = ''] = reference.replace(/^oci:/, '').split('@')
  const [last = 'blueprint'] = (path.split('/').at(-1) ?? '').split(':')
  return `${last || 'blueprint'}${ending}`
}

function keyOf(call: Call): { readonly keyFile?: string } {
  const key = call.value('key')
  return key === undefined ? {} : { keyFile: resolve(call.folder, key) }
}

function plainOf(call: Call): { readonly plainHttp?: true } {
  return call.has('plain-http') ? { plainHttp: true } : {}
}

function countOf(call: Call): number | undefined {
  const text = call.value('max-bytes')
  if (text === undefined) return undefined
  const count = Number(text)
  if (Number.isSafeInteger(count) && count > 0) return count
  throw fail('wrong-usage', {
    text: `--max-bytes is a whole number, not "${text}".`,
    command: 'nestlab blueprint unpack',
  })
}

function shown(call: Call, file: string): string {
  const short = relative(call.folder, file)
  return short.startsWith('..') ? file : short
}
