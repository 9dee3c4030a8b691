/** The baseline of `bench/up.ts`: the very QEMU processes of a lab, started again by hand, all at once. */
import { spawn } from 'node:child_process'
import { cp, readdir, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectSsh, type Host, shellQuote } from '#host'
import { labPaths, loadLabKeys, type Roots, type StoredKeys } from '#store'

export interface Process {
  readonly name: string
  readonly argv: readonly string[]
}

/** What is needed to start a running lab's machines again without Nestlab: command lines, files, keys. */
export interface Recipe {
  readonly roots: Roots
  readonly lab: string
  readonly keys: StoredKeys
  readonly outer: readonly (Process & { readonly inner: readonly Process[]; readonly files: Uint8Array })[]
  readonly aside: string
}

export const portOf = ({ argv }: Process): number =>
  Number(/hostfwd=tcp:127\.0\.0\.1:(\d+)-/.exec(argv.join(' '))?.[1])
const pidFileOf = ({ argv }: Process): string => argv[argv.indexOf('-pidfile') + 1] ?? ''
const tapsOf = ({ argv }: Process): string[] =>
  [...argv.join(' ').matchAll(/ifname=([^, ]+)/g)].map((one) => one[1] ?? '')

export function split(commandLine: string): string[] {
  return commandLine.replace(/\0$/, '').split('\0')
}

export async function enter(keys: StoredKeys, port: number): Promise<Host> {
  return await connectSsh({
    name: `port ${port}`,
    stream: async () => connect({ port, host: '127.0.0.1' }),
    username: 'root',
    privateKey: keys.clientPrivate,
    hostPublicKey: keys.hostPublic,
    readyLimitMs: 60_000,
  })
}

/** Reads the recipe off a lab that is up. Its files are copied aside, since `down` removes them. */
export async function readRecipe(roots: Roots, lab: string, aside: string): Promise<Recipe> {
  const keys = await loadLabKeys(roots, lab)
  if (!keys) throw new Error(`lab ${lab} has no keys`)
  const { state } = labPaths(roots, lab)
  const outer = []
  for (const name of (await readdir(join(state, 'machines'))).sort()) {
    const pid = (await readFile(join(state, 'machines', name, 'qemu.pid'), 'utf8')).trim()
    const argv = split(await readFile(`/proc/${pid}/cmdline`, 'utf8'))
    const host = await enter(keys, portOf({ name, argv }))
    try {
      outer.push({ name, argv, inner: await innerOf(host), files: await filesOf(host) })
    } finally {
      await host.close()
    }
  }
  await cp(state, join(aside, 'state'), { recursive: true })
  return { roots, lab, keys, outer, aside }
}

const innerFolder = '/run/nestlab/labs'

async function innerOf(host: Host): Promise<Process[]> {
  const script = `for f in ${innerFolder}/*/machines/*/qemu.pid; do echo "$f"; tr '\\0' '\\n' < /proc/$(cat $f)/cmdline; echo; done`
  const { stdout } = await host.run(['sh', '-c', script])
  return stdout
    .trim()
    .split('\n\n')
    .map((block) => {
      const [name = '', ...argv] = block.split('\n')
      return { name, argv }
    })
}

async function filesOf(host: Host): Promise<Uint8Array> {
  const { stdout } = await host.run(['sh', '-c', `cd / && tar c ${innerFolder} | base64`])
  return Buffer.from(stdout, 'base64')
}

/** Starts everything and returns the milliseconds until the last inner machine lets somebody in over SSH. */
export async function startByHand(recipe: Recipe): Promise<number> {
  const { state, run } = labPaths(recipe.roots, recipe.lab)
  await rm(state, { recursive: true, force: true })
  await cp(join(recipe.aside, 'state'), state, { recursive: true })
  const began = performance.now()
  try {
    await Promise.all(recipe.outer.map((one) => startOuter(recipe, one)))
    return performance.now() - began
  } finally {
    for (const one of recipe.outer) await ended(one)
    await rm(state, { recursive: true, force: true })
    await rm(run, { recursive: true, force: true })
  }
}

export async function ended(one: Process): Promise<void> {
  const pid = Number(await readFile(pidFileOf(one), 'utf8').catch(() => '0'))
  if (pid > 0) process.kill(pid, 'SIGKILL')
}

async function startOuter({ roots, lab, keys }: Recipe, one: Recipe['outer'][number]): Promise<void> {
  const { run } = labPaths(roots, lab)
  await rm(pidFileOf(one), { force: true })
  const folders = [join(run, one.name)]
  await launched(['sh', '-c', `umask 077; mkdir -p ${shellQuote(folders)} && exec ${shellQuote(one.argv)}`])
  const host = await once(() => enter(keys, portOf(one)))
  try {
    const inner = one.inner.map((machine) => startInner(host, machine, keys))
    await host.run(['sh', '-c', `cd / && tar x && rm -f ${innerFolder}/*/machines/*/qemu.pid`], {
      stdin: one.files,
    })
    await Promise.all(inner)
  } finally {
    await host.close()
  }
}

async function startInner(host: Host, machine: Process, keys: StoredKeys): Promise<void> {
  const taps = tapsOf(machine).map((tap) => `ip tuntap add dev ${tap} mode tap; ip link set ${tap} up; `)
  const folder = pidFileOf(machine).replace(/[^/]+$/, '')
  const sockets = [...machine.argv.join(' ').matchAll(/path=(\/[^, ]+)\/[^/]+\.sock/g)].map(
    (one) => one[1] ?? '',
  )
  const ready = `while [ ! -e ${folder}/settings ]; do sleep 0.05; done; mkdir -p ${shellQuote([...new Set(sockets)])}; `
  await host.run(['sh', '-c', `${ready}${taps.join('')}${shellQuote(machine.argv)}`])
  const inside = await once(() =>
    connectSsh({
      name: machine.name,
      stream: () => host.connect({ tcpPort: portOf(machine) }),
      username: 'root',
      privateKey: keys.clientPrivate,
      hostPublicKey: keys.hostPublic,
      readyLimitMs: 60_000,
    }),
  )
  await inside.run(['true'])
  await inside.close()
}

/** Tries until it works: what a person does with `until ssh …; do sleep 0.1; done`. */
export async function once<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      if (tries > 600) throw error
      await sleep(100)
    }
  }
}

export async function launched(argv: readonly string[]): Promise<void> {
  const [program = '', ...rest] = argv
  await new Promise<void>((resolve, reject) => {
    const child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'inherit'], detached: true })
    child.once('error', reject)
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}`)),
    )
  })
}
