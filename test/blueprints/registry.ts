/** Starts the registry of the OCI distribution project, which others wrote, for a test. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const source = fileURLToPath(new URL('go', import.meta.url))
const cache = fileURLToPath(new URL('../../.cache/go-bin', import.meta.url))
const environment = { ...process.env, PATH: `${process.env.PATH}:/usr/local/go/bin`, GOTOOLCHAIN: 'local' }

export interface RegistryOptions {
  /** Where it keeps what it is given. */
  readonly folder: string
  /** Only this user is let in. */
  readonly user?: string
  readonly password?: string
  /** Only who has a token of this token server is let in. */
  readonly token?: {
    readonly realm: string
    readonly service: string
    readonly issuer: string
    /** A file with its public keys. */
    readonly jwks: string
  }
  /** PEM files; without them it speaks HTTP. */
  readonly certificate?: string
  readonly key?: string
}

export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly host: string
}

/** Why it cannot be had here, for `skip`; false when it can. */
export function lackingRegistry(): string | false {
  if (existsSync(binary())) return false
  try {
    const version = execFileSync('go', ['env', 'GOVERSION'], { env: environment, encoding: 'utf8' })
    const [major = 0, minor = 0] = version.replace(/^go/, '').split('.').map(Number)
    if (major < 1 || (major === 1 && minor < 26))
      return `the registry needs Go 1.26, and here is ${version.trim()}`
  } catch {
    return 'the registry needs the Go toolchain'
  }
  try {
    execFileSync('go', ['mod', 'download'], { cwd: source, env: environment, stdio: 'ignore' })
    return false
  } catch {
    return 'the registry needs the Go module proxy'
  }
}

/** Named by all that goes into it. */
function binary(): string {
  const hash = createHash('sha256')
  for (const file of ['go.mod', 'go.sum', 'registry/main.go']) hash.update(readFileSync(join(source, file)))
  return join(cache, `registry-${hash.digest('hex').slice(0, 12)}`)
}

/** Takes minutes the first time; of tests that run side by side, one builds and the others wait. */
async function built(): Promise<string> {
  const path = binary()
  if (existsSync(path)) return path
  await mkdir(cache, { recursive: true })
  const build = `test -x "$1" || { go build -trimpath -ldflags '-s -w' -o "$1.new" ./registry && mv "$1.new" "$1"; }`
  const command = [join(cache, 'lock'), 'sh', '-c', build, 'build', path]
  await promisify(execFile)('flock', command, { cwd: source, env: environment })
  return path
}

/** Ends with `await using`, and with the process of the test however that ends. */
export async function startRegistry(options: RegistryOptions): Promise<Registry> {
  const child = spawn(await built(), [], { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.on('error', () => undefined)
  child.stdin.write(`${JSON.stringify(options)}\n`)
  let complaint = ''
  child.stderr.on('data', (text: Buffer) => {
    complaint = (complaint + text).slice(-4000)
  })
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), once(child, 'exit')])
  if (typeof line !== 'string') throw new Error(`the registry did not start: ${complaint}`)
  const { host } = JSON.parse(line) as { host: string }
  return { host, [Symbol.asyncDispose]: () => ended(child) }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  await exit
}
