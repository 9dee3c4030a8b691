/** Runs a program of this machine for a build: its output, or a failure that says which package brings it. */
import { execFile } from 'node:child_process'
import { errorCode, fail } from '../errors.ts'

const packageOf: Readonly<Record<string, string>> = {
  'apt-get': 'apt',
  'apt-cache': 'apt',
  'dpkg-deb': 'dpkg',
  'mkfs.erofs': 'erofs-utils',
  'qemu-img': 'qemu-utils',
  xorriso: 'xorriso',
}

export class ToolError extends Error {
  readonly stderr: string

  constructor(tool: string, stderr: string, cause: unknown) {
    const last = stderr.trim().split('\n').at(-1) || 'no message'
    super(`${tool} failed: ${last}`, { cause })
    this.name = 'ToolError'
    this.stderr = stderr
  }
}

export interface ToolOptions {
  readonly folder?: string
  readonly signal: AbortSignal
  /** Besides PATH and HOME only these reach the program. */
  readonly environment?: Readonly<Record<string, string>>
}

/** Resolves with standard output. Rejects with a `ToolError`, `tool-missing`, or the signal's reason. */
export function runTool(argv: readonly string[], options: ToolOptions): Promise<string> {
  const [tool = '', ...args] = argv
  const { signal, folder, environment } = options
  const env = { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`, LC_ALL: 'C', TZ: 'UTC', ...environment }
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const settings = { signal, env, maxBuffer: 64 * 1024 * 1024, ...(folder ? { cwd: folder } : {}) }
    execFile(tool, args, settings, (error, stdout, stderr) => {
      if (!error) resolve(stdout)
      else if (signal.aborted) reject(signal.reason)
      else if (errorCode(error) === 'ENOENT')
        reject(fail('tool-missing', { tool, packageName: packageOf[tool] ?? tool }, error))
      else reject(new ToolError(tool, stderr, error))
    })
  })
}
