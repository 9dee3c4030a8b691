/** Chooses kernel modules with what they need, and writes the index that modprobe reads in the guest. */

export interface KernelModule {
  /** As in `virtio_net`; dashes are written as underscores. */
  readonly name: string
  readonly content: Buffer
  readonly depends: readonly string[]
  readonly aliases: readonly string[]
}

export function moduleName(file: string): string {
  return (file.split('/').at(-1) ?? '').replace(/\.ko$/, '').replaceAll('-', '_')
}

/** Reads the module's own description (`key=value` strings, each ended by a zero byte). */
export function readModule(file: string, bytes: Buffer): KernelModule {
  const content = withoutSignature(bytes)
  const texts = (key: string) => strings(content, `${key}=`)
  return {
    name: moduleName(file),
    content,
    depends: (texts('depends')[0] ?? '').split(',').filter(Boolean).map(moduleName),
    aliases: texts('alias'),
  }
}

/** The wanted modules and all they need, each after what it needs. */
export function withDependencies(
  wanted: readonly string[],
  load: (name: string) => KernelModule,
): readonly KernelModule[] {
  const chosen = new Map<string, KernelModule>()
  const add = (name: string): void => {
    if (chosen.has(name)) return
    const module = load(name)
    for (const needed of module.depends) add(needed)
    chosen.set(name, module)
  }
  for (const name of wanted) add(name)
  return [...chosen.values()]
}

/** `modules.dep` and `modules.alias` for the folder that holds the modules. */
export function moduleIndex(modules: readonly KernelModule[]): {
  readonly dep: string
  readonly alias: string
} {
  const sorted = [...modules].sort((a, b) => (a.name < b.name ? -1 : 1))
  const all = new Map(modules.map((module) => [module.name, module]))
  const needs = ({ depends }: KernelModule): string[] =>
    depends.flatMap((name) => {
      const module = all.get(name)
      return module ? [name, ...needs(module)] : []
    })
  const dep = sorted.map(
    (module) =>
      `${module.name}.ko:${lastOf(needs(module))
        .map((n) => ` ${n}.ko`)
        .join('')}`,
  )
  const alias = sorted.flatMap(({ name, aliases }) => aliases.map((pattern) => `alias ${pattern} ${name}`))
  return { dep: lines(dep), alias: lines(alias) }
}

/** modprobe loads the list from its end, so each module stands after all that need it. */
function lastOf(names: readonly string[]): readonly string[] {
  return [...new Set(names.toReversed())].toReversed()
}

const signatureMark = '~Module signature appended~\n'

/** Checking a signature hashes the whole module, which is slow under TCG; the image's own SHA-256 covers it. */
function withoutSignature(bytes: Buffer): Buffer {
  if (!bytes.subarray(-signatureMark.length).equals(Buffer.from(signatureMark))) return bytes
  // Before the mark: struct module_signature, 12 bytes, the last four the signature's length.
  const info = bytes.length - signatureMark.length - 12
  return bytes.subarray(0, info - bytes.readUInt32BE(info + 8))
}

function strings(content: Buffer, prefix: string): string[] {
  const found: string[] = []
  const sought = Buffer.from(`\0${prefix}`)
  for (let at = content.indexOf(sought); at >= 0; at = content.indexOf(sought, at + 1)) {
    const end = content.indexOf(0, at + 1)
    found.push(content.toString('latin1', at + sought.length, end))
  }
  return found
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('')
}
