/** Finds, downloads and unpacks Debian packages as an ordinary user, without installing anything. */
import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fail } from '../errors.ts'
import { runTool, ToolError } from './run-tool.ts'

/** One package file, as the package lists describe it. */
export interface PackageFile {
  /** `busybox-static=1:1.35.0-4+b1`. */
  readonly request: string
  /** The name apt gives the file. */
  readonly file: string
  readonly sizeBytes: number
  readonly sha256: string
}

export interface Apt {
  /** The packages and everything they depend on. */
  withDependencies(names: readonly string[]): Promise<readonly PackageFile[]>
  /** These packages alone. */
  alone(names: readonly string[]): Promise<readonly PackageFile[]>
  /** The package that a metapackage stands for: the first of its dependencies that begins with `prefix`. */
  meaning(metapackage: string, prefix: string): Promise<string>
  /** Into `folder`, where files that are there already and intact are left alone. */
  download(files: readonly PackageFile[], folder: string): Promise<void>
}

export interface AptOptions {
  readonly image: string
  /** apt's own state and the downloaded packages are kept here. */
  readonly folder: string
  readonly signal: AbortSignal
}

/** Uses this machine's package lists; where they are missing or too old, fetches lists of its own. */
export async function openApt({ image, folder, signal }: AptOptions): Promise<Apt> {
  const own = join(folder, 'apt')
  await mkdir(join(own, 'lists', 'partial'), { recursive: true })
  await mkdir(join(own, 'cache', 'archives', 'partial'), { recursive: true })
  await writeFile(join(own, 'status'), '')
  const shared = settings(own)
  const apart = [...shared, '-o', `Dir::State::lists=${join(own, 'lists')}`]
  let current = shared
  const ask = async (argv: readonly string[]): Promise<string> => {
    const [tool = '', ...rest] = argv
    try {
      return await runTool([tool, ...current, ...rest], { signal })
    } catch (error) {
      if (!(error instanceof ToolError) || current === apart) throw unavailable(image, error)
      current = apart
      await update(image, apart, signal)
      return ask(argv)
    }
  }
  const files = async (argv: readonly string[]) => printedFiles(await ask(argv))
  return {
    withDependencies: (names) => files(['apt-get', 'install', '--print-uris', '-qq', '-y', ...names]),
    alone: (names) => files(['apt-get', 'download', '--print-uris', '-qq', ...names]),
    meaning: async (metapackage, prefix) => {
      const text = await ask(['apt-cache', 'show', '--no-all-versions', metapackage])
      const depends = /^Depends: (.*)$/m.exec(text)?.[1] ?? ''
      const found = depends.split(/[,|]/).map((one) => one.trim().split(/[ (]/)[0] ?? '')
      const name = found.find((one) => one.startsWith(prefix))
      if (!name) throw fail('packages-unavailable', { image, reason: `${metapackage} stands for no package` })
      return name
    },
    download: (wanted, into) => fetchAll(wanted, { image, into, flags: () => current, signal }),
  }
}

function settings(own: string): readonly string[] {
  const values = [
    'APT::Architecture=amd64',
    'APT::Install-Recommends=false',
    'APT::Sandbox::User=root',
    'Debug::NoLocking=true',
    `Dir::State::status=${join(own, 'status')}`,
    `Dir::Cache=${join(own, 'cache')}`,
    // Sizes and digests of packages are printed with this hash.
    'Acquire::ForceHash=SHA256',
  ]
  return values.flatMap((value) => ['-o', value])
}

async function update(image: string, flags: readonly string[], signal: AbortSignal): Promise<void> {
  try {
    await runTool(['apt-get', ...flags, 'update', '-qq', '-o', 'APT::Update::Error-Mode=any'], { signal })
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    throw fail('packages-not-fetched', { image, reason: error.message }, error)
  }
}

function unavailable(image: string, error: unknown): unknown {
  if (!(error instanceof ToolError)) return error
  return fail('packages-unavailable', { image, reason: error.message }, error)
}

/** Lines `'URI' FILE SIZE SHA256:HEX`; apt writes epochs as %3a in file names. */
export function printedFiles(text: string): PackageFile[] {
  return text.split('\n').flatMap((line) => {
    const [, file = '', size = '', sha256 = ''] = /^'\S+' (\S+) (\d+) SHA256:([0-9a-f]{64})$/.exec(line) ?? []
    const [name, version] = decodeURIComponent(file).split('_')
    if (!name || !version) return []
    return [{ request: `${name}=${version}`, file, sizeBytes: Number(size), sha256 }]
  })
}

interface Fetching {
  readonly image: string
  readonly into: string
  readonly flags: () => readonly string[]
  readonly signal: AbortSignal
}

async function fetchAll(wanted: readonly PackageFile[], fetching: Fetching): Promise<void> {
  const { image, into, flags, signal } = fetching
  await mkdir(into, { recursive: true })
  const missing: PackageFile[] = []
  for (const one of wanted) if (!(await isThere(one, into))) missing.push(one)
  if (missing.length === 0) return
  const requests = missing.map(({ request }) => request)
  try {
    await runTool(['apt-get', ...flags(), '-qq', 'download', ...requests], { folder: into, signal })
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    throw fail('packages-not-fetched', { image, reason: error.message }, error)
  }
  for (const one of missing) {
    if (await isThere(one, into)) continue
    throw fail('packages-not-fetched', { image, reason: `${one.file} is not what the package list says` })
  }
}

async function isThere({ file, sha256 }: PackageFile, folder: string): Promise<boolean> {
  const path = join(folder, file)
  const bytes = await readFile(path).catch(() => undefined)
  if (!bytes) return false
  if (createHash('sha256').update(bytes).digest('hex') === sha256) return true
  await rm(path, { force: true })
  return false
}
