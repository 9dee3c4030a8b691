/** A machine behind SSH, as a host. Its login shell must be a POSIX one; of its tools BusyBox's are enough. */
import { randomBytes } from 'node:crypto'
import { fail } from './errors.ts'
import type { Finished, Host, RunOptions } from './host.ts'
import { FILE_CALL_LIMIT_MS, FILE_LIMIT_BYTES, RUN_LIMIT_MS } from './limits.ts'
import { tailText } from './output.ts'
import { checkArgv, checkPath } from './path-check.ts'
import {
  MISSING_FILE_CODE,
  readFileScript,
  readTailScript,
  removeScript,
  runScript,
  writeFileScript,
} from './shell.ts'
import type { SshLines } from './ssh-lines.ts'
import { type RemoteResult, runRemote } from './ssh-process.ts'
import { openRemote } from './ssh-session.ts'
import { connectRemote } from './ssh-sockets.ts'

export function makeSshHost(lines: SshLines): Host {
  return {
    name: lines.name,
    run: (argv, options) => run(lines, argv, options),
    open: (argv, options) => openRemote(lines, argv, options),
    readFile: (path) => readFile(lines, path),
    readTail: (path, maxBytes) => readTail(lines, path, maxBytes),
    writeFile: (path, content, mode = 0o600) => writeFile(lines, path, { content, mode }),
    remove: (path) => remove(lines, path),
    connect: (endpoint, signal) => connectRemote(lines, endpoint, signal),
    close: () => lines.close(),
  }
}

async function run(lines: SshLines, argv: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const command = checkArgv(lines.name, argv)
  const [program] = command
  const { stdin, signal, limitMs = RUN_LIMIT_MS } = options
  const { code, stdout, marked } = await runRemote(lines, {
    program,
    script: runScript(command),
    stdin,
    limitMs,
    signal,
  })
  if (code === 127 && marked.missing)
    throw fail('cannot-start', { host: lines.name, program, reason: 'there is no such program' })
  return { code, stdout: stdout.toString('utf8'), stderr: marked.stderr }
}

interface FileCall {
  readonly path: string
  readonly doing: string
  readonly script: string
  readonly stdin?: Uint8Array
}

/** Runs one of the scripts for files; their exit codes other than 0 and `missing` are trouble. */
async function fileCall(lines: SshLines, { path, doing, script, stdin }: FileCall): Promise<RemoteResult> {
  const result = await runRemote(lines, {
    program: `${doing} ${path}`,
    script,
    stdin,
    limitMs: FILE_CALL_LIMIT_MS,
    outputLimitBytes: FILE_LIMIT_BYTES,
  })
  if (result.code === 0) return result
  const host = lines.name
  if (result.code === MISSING_FILE_CODE) throw fail('no-such-file', { host, path })
  const reason = result.marked.stderr.trim().split('\n').at(-1) || `exit code ${result.code}`
  throw fail('file-trouble', { host, path, doing, reason })
}

async function readFile(lines: SshLines, path: string): Promise<Uint8Array> {
  const script = readFileScript(checkPath(path))
  return (await fileCall(lines, { path, doing: 'Reading', script })).stdout
}

async function readTail(lines: SshLines, path: string, maxBytes: number): Promise<string> {
  const script = readTailScript(checkPath(path), maxBytes)
  return tailText((await fileCall(lines, { path, doing: 'Reading', script })).stdout)
}

async function writeFile(
  lines: SshLines,
  path: string,
  { content, mode }: { readonly content: string | Uint8Array; readonly mode: number },
): Promise<void> {
  const bytes = Buffer.from(content)
  const nonce = randomBytes(8).toString('hex')
  const script = writeFileScript(checkPath(path), { sizeBytes: bytes.length, mode, nonce })
  await fileCall(lines, { path, doing: 'Writing', script, stdin: bytes })
}

async function remove(lines: SshLines, path: string): Promise<void> {
  await fileCall(lines, { path, doing: 'Removing', script: removeScript(checkPath(path)) })
}
