/** The way into the room: a lab file's text, or an object made by a program, becomes a lab or a list of problems. */
import type { LineCounter } from 'yaml'
import { limits } from './limits.ts'
import { find, type Located } from './located.ts'
import type { ResolvedLab } from './model.ts'
import { type Finding, formatPath, type Problem, printable, type Span } from './problem.ts'
import { readValue } from './read-value.ts'
import { readYaml } from './read-yaml.ts'
import { resolve } from './resolve.ts'
import type { StandIns } from './stand-ins.ts'
import { decode } from './text-bytes.ts'
import { validate } from './validate.ts'

export interface LoadOptions {
  /** The file's name for messages, as the user typed it. */
  readonly file: string
  /** Absolute folder that relative files of images are looked for in. Default: the folder of `file`. */
  readonly folder?: string
  /** Names of catalogue images that can be used, beside the well-known ones. */
  readonly knownImages?: readonly string[]
}

export interface LoadedLab {
  /** Present exactly when there are no problems. */
  readonly lab?: ResolvedLab
  /** All problems, in the order of the file. */
  readonly problems: readonly Problem[]
}

/** Reads YAML or JSON. Never throws: whatever is wrong with the text is a problem in the answer. */
export function loadLab(source: string | Uint8Array, options: LoadOptions): LoadedLab {
  const decoded = decode(source)
  if (!decoded.ok) return { problems: [at({ path: [], ...decoded }, { options })] }
  const { root, findings, lines } = readYaml(decoded.value)
  return finish(root, findings, { options, lines })
}

/** The same for an object, such as `defineLab` gives. Its problems name keys instead of lines. */
export function loadLabObject(value: unknown, options: LoadOptions): LoadedLab {
  const { root, findings } = readValue(value)
  return finish(root, findings, { options })
}

interface Context {
  readonly options: LoadOptions
  /** Absent when the lab is not text. */
  readonly lines?: LineCounter
}

function finish(root: Located | undefined, early: readonly Finding[], context: Context): LoadedLab {
  if (!root) return { problems: early.map((finding) => at(finding, context)) }
  const { input, findings, stands } = validate(root)
  const { file, folder = folderOf(file), knownImages = [] } = context.options
  const resolved = input && resolve(input, { folder, knownImages })
  const late = (resolved?.findings ?? []).filter((finding) => !hidden(finding, root, stands))
  const problems = tidy([...early, ...findings, ...late].map((finding) => at(finding, context, root)))
  return problems.length === 0 && resolved ? { lab: resolved.lab, problems } : { problems }
}

function hidden(finding: Finding, root: Located, stands: StandIns): boolean {
  return stands.covers(find(root, finding.path))
}

function folderOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.lastIndexOf('/')) || '/' : '.'
}

function at(finding: Finding, { options, lines }: Context, root?: Located): Problem {
  const span = finding.span ?? (root && spanOf(finding, root))
  const start = span && lines?.linePos(span.start)
  return {
    file: options.file,
    line: start?.line ?? (lines ? 1 : 0),
    column: start?.col ?? (lines ? 1 : 0),
    length: Math.max(1, span ? span.end - span.start : 1),
    at: formatPath(finding.path),
    text: printable(finding.text),
    remedy: printable(finding.remedy),
  }
}

function spanOf({ path, onKey }: Finding, root: Located): Span | undefined {
  const { chain, key, missing } = find(root, path)
  if (onKey && missing === undefined && key) return key
  return chain.at(-1)?.span ?? key
}

/** In the order of the file, each once (a template's problem shows up in every machine), and not too many. */
function tidy(problems: readonly Problem[]): readonly Problem[] {
  const once = new Map(
    problems.map((problem) => [`${problem.line}:${problem.column} ${problem.text}`, problem]),
  )
  const sorted = [...once.values()].sort(
    (left, right) => left.line - right.line || left.column - right.column,
  )
  return sorted.slice(0, limits.problems)
}
