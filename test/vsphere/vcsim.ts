/** Starts vcsim, the vSphere simulator that others wrote, for a test; and govc, their client, to read back what was done. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const source = fileURLToPath(new URL('go', import.meta.url))
const cache = fileURLToPath(new URL('../../.cache/go-bin', import.meta.url))
const run = promisify(execFile)

type Program = 'vcsim' | 'govc'

/** Counts that are absent stay as govmomi has them: one data centre, one cluster of three hosts, one lone host, two machines for each pool. */
export interface VcsimInventory {
  readonly datacenters?: number
  readonly clusters?: number
  readonly hostsPerCluster?: number
  readonly standaloneHosts?: number
  /** For each cluster's pool, and for each lone host. */
  readonly machinesPerPool?: number
  readonly portGroups?: number
  readonly datastores?: number
  readonly resourcePools?: number
  readonly vApps?: number
  readonly folders?: number
  readonly storagePods?: number
}

/** A fault that the simulator gives instead of doing what it is asked. */
export interface VcsimFault {
  /** `PowerOnVM_Task`, or `*`. */
  readonly method: string
  /** Type of the fault: `NoPermission`. */
  readonly fault: string
  readonly fields?: Readonly<Record<string, unknown>>
  readonly message?: string
  /** Calls that go through before the first fault. */
  readonly skipCount?: number
  /** Faults that are given at most; 0 and absent: no end. */
  readonly maxCount?: number
}

export interface VcsimOptions {
  /** A lone ESXi host instead of a vCenter. */
  readonly esx?: boolean
  readonly user?: string
  readonly password?: string
  /** Default true. */
  readonly tls?: boolean
  /** What the server says it speaks; it answers as ever. */
  readonly apiVersion?: string
  readonly inventory?: VcsimInventory
  /** Whether the machines that are there from the beginning run; default true. */
  readonly autostart?: boolean
  /** What each host is; absent: 4 GiB, two cores, and no nesting. */
  readonly host?: { readonly memoryMiB: number; readonly cores: number; readonly nested: boolean }
  /** Of each host, beside the one with its system; VMFS datastores can be made on those that are not written. */
  readonly disks?: readonly { readonly name: string; readonly sizeMiB: number; readonly written?: boolean }[]
  readonly methodDelaysMs?: Readonly<Record<string, number>>
  readonly faults?: readonly VcsimFault[]
}

export interface Vcsim {
  /** `https://127.0.0.1:PORT/sdk` */
  readonly url: URL
  /** SHA-256 of the certificate, in capitals with colons; absent without TLS. */
  readonly fingerprint?: string
  readonly user: string
  readonly password: string
  readonly pid: number
}

const environment = { ...process.env, PATH: `${process.env.PATH}:/usr/local/go/bin`, GOTOOLCHAIN: 'local' }

/** Why vcsim cannot be had here, for `skip`; undefined when it can. */
export function lackingGo(): string | undefined {
  if (existsSync(binaryOf('vcsim')) && existsSync(binaryOf('govc'))) return undefined
  try {
    const version = execFileSync('go', ['env', 'GOVERSION'], { env: environment, encoding: 'utf8' })
    const [major = 0, minor = 0] = version.replace(/^go/, '').split('.').map(Number)
    if (major < 1 || (major === 1 && minor < 25)) return `vcsim needs Go 1.25, and here is ${version.trim()}`
  } catch {
    return 'vcsim needs the Go toolchain'
  }
  try {
    execFileSync('go', ['mod', 'download'], { cwd: source, env: environment, stdio: 'ignore' })
    return undefined
  } catch {
    return 'vcsim needs the Go module proxy'
  }
}

/** Named by all that goes into it. */
function binaryOf(program: Program): string {
  const hash = createHash('sha256')
  const sources = readdirSync(join(source, program)).sort()
  const files = ['go.mod', 'go.sum', ...sources.map((file) => `${program}/${file}`)]
  for (const file of files) hash.update(readFileSync(join(source, file)))
  return join(cache, `${program}-${hash.digest('hex').slice(0, 12)}`)
}

/** Takes minutes the first time; of tests that run side by side, one builds and the others wait. */
async function built(program: Program): Promise<string> {
  const binary = binaryOf(program)
  if (existsSync(binary)) return binary
  await mkdir(cache, { recursive: true })
  const build = `test -x "$1" || { go build -trimpath -ldflags '-s -w' -o "$1.new" "./$2" && mv "$1.new" "$1"; }`
  const command = [join(cache, 'lock'), 'sh', '-c', build, 'build', binary, program]
  await run('flock', command, { cwd: source, env: environment })
  return binary
}

/** Ends with `await using`, and with the process of the test however that ends. */
export async function startVcsim(options: VcsimOptions = {}): Promise<Vcsim & AsyncDisposable> {
  const { user = 'tester', password = 'Secret-of-the-test!', tls = true } = options
  // Its input says what it is to have, so that the password is in no list of processes; and its end is the simulator's.
  const child = spawn(await built('vcsim'), [], { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.on('error', () => undefined)
  child.stdin.write(`${JSON.stringify({ ...options, user, password, tls })}\n`)
  let complaint = ''
  child.stderr.on('data', (text: Buffer) => {
    complaint = (complaint + text).slice(-4000)
  })
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), once(child, 'exit')])
  if (typeof line !== 'string' || child.pid === undefined)
    throw new Error(`vcsim did not start: ${complaint}`)
  const { url, fingerprint } = JSON.parse(line) as { url: string; fingerprint?: string }
  return {
    url: new URL(url),
    ...(fingerprint !== undefined && { fingerprint }),
    user,
    password,
    pid: child.pid,
    [Symbol.asyncDispose]: () => ended(child),
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  await exit
}

/** What govc prints: `await govc(vcsim, 'vm.info', '-json', 'web')`. Fails with what it complains about. */
export async function govc(vcsim: Vcsim, ...words: readonly string[]): Promise<string> {
  const env = {
    ...environment,
    GOVC_URL: vcsim.url.href,
    GOVC_USERNAME: vcsim.user,
    GOVC_PASSWORD: vcsim.password,
    GOVC_INSECURE: 'true',
    GOVC_PERSIST_SESSION: 'false',
  }
  const { stdout } = await run(await built('govc'), words, { env, maxBuffer: 2 ** 28 })
  return stdout
}

/** Ends all sessions but govc's own, as a server does with those that nobody has used for long. */
export async function endSessions(vcsim: Vcsim): Promise<void> {
  const listed = JSON.parse(await govc(vcsim, 'session.ls', '-json')) as {
    readonly sessionList: readonly { readonly key: string; readonly userAgent?: string }[]
    readonly currentSession: { readonly key: string }
  }
  const others = listed.sessionList.map(({ key }) => key).filter((key) => key !== listed.currentSession.key)
  // The session of the listing has ended with it.
  for (const key of others) await govc(vcsim, 'session.rm', key).catch(() => undefined)
}
