/** Runs the real `nestlab` command as a process, in a folder and with a state of its own, on simulated machines. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../bin/nestlab', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly stdin?: string
  readonly environment?: Readonly<Record<string, string>>
}

/** A folder to work in, and nothing of other labs anywhere. */
export class Desk implements AsyncDisposable {
  readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  static async open(): Promise<Desk> {
    return new Desk(await mkdtemp(join(tmpdir(), 'nestlab-cli-')))
  }

  environment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
    const { PATH = '', HOME = '', NODE_COMPILE_CACHE } = process.env
    // Of no importance to what is tested: each desk would compile everything anew.
    const compiled = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }
    return { PATH, HOME, ...compiled, TERM: 'xterm', NESTLAB_HOME: join(this.folder, '.home'), ...more }
  }

  async write(file: string, text: string): Promise<void> {
    await writeFile(join(this.folder, file), text)
  }

  start(args: readonly string[], { stdin, environment }: RunOptions = {}): Running {
    const child = spawn(program, args, {
      cwd: this.folder,
      env: this.environment(environment),
      stdio: 'pipe',
    })
    child.stdin.on('error', () => {})
    child.stdin.end(stdin)
    return watch(child)
  }

  async run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    return await this.start(args, options).ended
  }

  /** Runs the command and fails with all it printed unless it exits with `code`. */
  async expect(code: number, ...args: readonly string[]): Promise<Ended> {
    const ended = await this.run(args)
    assert.equal(ended.code, code, `nestlab ${args.join(' ')}\n${ended.stdout}\n${ended.stderr}`)
    return ended
  }

  /** The JSON document that the command answers with. */
  async json(code: number, ...args: readonly string[]): Promise<unknown> {
    return JSON.parse((await this.expect(code, ...args, '--json')).stdout)
  }

  /** Runs the command on a terminal of its own (util-linux `script`); what it prints is what a person would see. */
  startOnTerminal(command: string, environment: Readonly<Record<string, string>> = {}): Running {
    const line = `stty cols 100 rows 30; ${command.replaceAll('nestlab', `'${program}'`)}`
    const env = { ...this.environment(environment), SHELL: '/bin/sh' }
    return watch(spawn('script', ['-qefc', line, '/dev/null'], { cwd: this.folder, env, stdio: 'pipe' }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }
}

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  type(keys: string): void
  /** Resolves as soon as the output so far holds the text; rejects when the command ends without. */
  printed(text: string | RegExp): Promise<void>
}

function watch(child: ChildProcess): Running {
  const output = { stdout: '', stderr: '' }
  const looks = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
      for (const look of looks) look()
    })
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, ...output }))
  })
  const has = (text: string | RegExp) => {
    const all = output.stdout + output.stderr
    return typeof text === 'string' ? all.includes(text) : text.test(all)
  }
  return {
    child,
    ended,
    type: (keys) => void child.stdin?.write(keys),
    printed: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!has(text)) return
          looks.delete(look)
          resolve()
        }
        looks.add(look)
        look()
        void ended.then(() =>
          reject(new Error(`ended without printing ${text}:\n${output.stdout}${output.stderr}`)),
        )
      }),
  }
}

/** Two hypervisors with a machine in each, on the simulated site. */
export const simulatedLab = `nestlab: 1
name: demo
site: sim
switches:
  vSwitch0:
    portgroups:
      trunk: { vlan: 4095, security: { promiscuous: accept, forgedTransmits: accept } }
machines:
  kvm:
    count: 2
    image: kvm-node
    memory: 512MiB
    nics: [{ portgroup: trunk }]
    hypervisor:
      product: kvm
      switches: { br0: { uplinks: [nic0], portgroups: { web: { vlan: 10 } } } }
      machines: { web: { image: tiny, memory: 96MiB, nics: [{ portgroup: web, address: 10.0.10.0/24 }] } }
`
