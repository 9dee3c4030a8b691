/** The way into the room: a lab file's text, or an object made by a program, becomes a lab or a list of problems. */
import { LineCounter } from 'yaml'
import type { Located } from './located.ts'
import type { ResolvedLab } from './model.ts'
import { problemsOf } from './place-problems.ts'
import type { Finding, Path, Problem } from './problem.ts'
import { readValue } from './read-value.ts'
import { readYaml } from './read-yaml.ts'
import type { KnownSites } from './resolution.ts'
import { resolve } from './resolve.ts'
import { decode } from './text-bytes.ts'
import { validate } from './validate.ts'
import { type WrittenPlace, writtenPlace } from './written-place.ts'

export interface LoadOptions {
  /** The file's name for messages, as the user typed it. */
  readonly file: string
  /** Absolute folder that relative files of images are looked for in. Default: the folder of `file`. */
  readonly folder?: string
  /** Names of catalogue images that can be used, beside the well-known ones. */
  readonly knownImages?: readonly string[]
  /** The site to run on, whatever the file says. */
  readonly site?: string
  /** Sites that were added, beside `local` and `sim`. */
  readonly sites?: KnownSites
}

export interface LoadedLab {
  /** Present exactly when there are no problems. */
  readonly lab?: ResolvedLab
  /** All problems, in the order of the file. */
  readonly problems: readonly Problem[]
  /**
   * Where the file says a setting of the lab, by names of the lab (`machines.kvm-1.nics[0]`): the place at which one
   * has to edit it. Present exactly when there is a lab.
   */
  readonly placeOf?: (path: Path) => WrittenPlace
}

/** Reads YAML or JSON. Never throws: whatever is wrong with the text is a problem in the answer. */
export function loadLab(source: string | Uint8Array, options: LoadOptions): LoadedLab {
  const decoded = decode(source)
  if (!decoded.ok) return finish({ findings: [{ path: [], ...decoded }], lines: new LineCounter() }, options)
  return finish(readYaml(decoded.value), options)
}

/** The same for an object, such as `defineLab` gives. Its problems name keys instead of lines. */
export function loadLabObject(value: unknown, options: LoadOptions): LoadedLab {
  return finish(readValue(value), options)
}

interface Text {
  /** Absent when there is nothing to look at. */
  readonly root?: Located
  readonly findings: readonly Finding[]
  /** Absent when the lab is not text. */
  readonly lines?: LineCounter
}

function finish({ root, findings: early, lines }: Text, options: LoadOptions): LoadedLab {
  const place = (findings: readonly Finding[]) => problemsOf(findings, { file: options.file, root, lines })
  if (!root) return { problems: place(early) }
  const { input, findings, standIns } = validate(root, early)
  const { file, folder = folderOf(file), knownImages = [], site, sites = new Map() } = options
  const resolved = input && resolve(input, { folder, knownImages, site, sites })
  const late = (resolved?.findings ?? []).filter(({ path }) => !standIns.has(path))
  const all = [...early, ...findings, ...late]
  if (resolved && all.length === 0) {
    return { lab: resolved.lab, problems: [], placeOf: (path) => writtenPlace(path, { file, root, lines }) }
  }
  return { problems: place(all) }
}

function folderOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.lastIndexOf('/')) || '/' : '.'
}
