/**
 * TCP between two real guests through the switch process and, where root may, through the kernel, against the same two
 * guests with a cable between them. `unshare -nm` gives the kernel a place of its own.
 */
import { spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Host } from '#host'
import { labPaths, loadLabKeys, rootsFrom, type StoredKeys } from '#store'
import { ended, enter, launched, once, type Process, portOf, split } from './by-hand.ts'

const rounds = Number(process.argv[2] ?? 3)
const blocks = 1500
const blockKiB = 64
const repository = fileURLToPath(new URL('..', import.meta.url))
const lab = 'bench-tcp'
const roots = rootsFrom(process.env)
const { state, run } = labPaths(roots, lab)

const source = `nestlab: 1
name: ${lab}
switches: { vSwitch0: { security: { forgedTransmits: reject, macChanges: reject }, portgroups: { lan: {} } } }
machines:
  a: { image: tiny, cpus: 1, memory: 128MiB, nics: [{ portgroup: lan, address: 10.9.0.1/24 }] }
  b: { image: tiny, cpus: 1, memory: 128MiB, nics: [{ portgroup: lan, address: 10.9.0.2/24 }] }
`

function nestlab(...args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(join(repository, 'bin', 'nestlab'), args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`nestlab ${args.join(' ')}: ${stdout}${stderr}`)
}

async function argvOf(name: string): Promise<Process> {
  const pid = (await readFile(join(state, 'machines', name, 'qemu.pid'), 'utf8')).trim()
  return { name, argv: split(await readFile(`/proc/${pid}/cmdline`, 'utf8')) }
}

/** Mbit/s from a to b. */
async function throughput(a: Process, b: Process, keys: StoredKeys): Promise<number> {
  const hosts = await Promise.all([a, b].map((one) => once(() => enter(keys, portOf(one)))))
  const [from, to] = hosts as [Host, Host]
  try {
    await from.run(['ping', '-c', '2', '-W', '5', '10.9.0.2'])
    // With an end of input before it, busybox's nc would not wait for the whole of what is sent.
    const take = `dd of=/dev/null bs=${blockKiB}k count=${blocks} iflag=fullblock; killall sleep`
    const listening = to.run(['sh', '-c', `sleep 60 | nc -l -p 5001 | (${take})`])
    await once(async () => {
      const { stdout } = await to.run(['cat', '/proc/net/tcp6'])
      if (!stdout.includes(':1389 ')) throw new Error('nobody listens yet')
    })
    const began = performance.now()
    const sending = from.run([
      'sh',
      '-c',
      `dd if=/dev/zero bs=${blockKiB}k count=${blocks} | nc 10.9.0.2 5001`,
    ])
    await listening
    const seconds = (performance.now() - began) / 1000
    await sending
    return (blocks * blockKiB * 1024 * 8) / seconds / 1e6
  } finally {
    await Promise.all(hosts.map((host) => host.close()))
  }
}

/** Undefined where the kernel cannot; `nestlab plan --switch kernel` says why. */
async function throughKernel(file: string): Promise<number | undefined> {
  const asked = ['plan', '-f', file, '--switch', 'kernel']
  if (spawnSync(join(repository, 'bin', 'nestlab'), asked).status !== 0) return undefined
  nestlab('up', '-f', file, '--switch', 'kernel')
  const keys = await loadLabKeys(roots, lab)
  if (!keys) throw new Error('the lab has no keys')
  const reached = await throughput(await argvOf('a'), await argvOf('b'), keys)
  nestlab('down', '--lab', lab)
  return reached
}

/** b's NIC dials a's, instead of both being dialled by the switch. */
function cabled(a: Process, b: Process): Process {
  const place = /addr\.path=([^,]+)/.exec(a.argv.find((word) => word.startsWith('stream,')) ?? '')?.[1]
  const argv = b.argv.map((word) =>
    word.startsWith('stream,')
      ? word.replace('server=on', 'server=off').replace(/addr\.path=[^,]+/, `addr.path=${place}`)
      : word,
  )
  return { ...b, argv }
}

async function direct(a: Process, b: Process, { keys, aside }: { keys: StoredKeys; aside: string }) {
  await cp(aside, state, { recursive: true })
  for (const name of ['a', 'b']) {
    await mkdir(join(run, name), { recursive: true, mode: 0o700 })
    await rm(join(state, 'machines', name, 'qemu.pid'), { force: true })
  }
  const second = cabled(a, b)
  try {
    await launched(a.argv)
    await launched(second.argv)
    return await throughput(a, second, keys)
  } finally {
    for (const one of [a, second]) await ended(one)
    await rm(state, { recursive: true, force: true })
    await rm(run, { recursive: true, force: true })
  }
}

const folder = await mkdtemp(join(tmpdir(), 'nestlab-bench-'))
const file = join(folder, 'bench.lab.yaml')
await writeFile(file, source)
try {
  const switched: number[] = []
  const cable: number[] = []
  const kernel: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    nestlab('up', '-f', file)
    const keys = await loadLabKeys(roots, lab)
    if (!keys) throw new Error('the lab has no keys')
    const [a, b] = [await argvOf('a'), await argvOf('b')]
    const aside = join(folder, `state-${round}`)
    await cp(state, aside, { recursive: true })
    switched.push(await throughput(a, b, keys))
    nestlab('down', '--lab', lab)
    cable.push(await direct(a, b, { keys, aside }))
    kernel.push((await throughKernel(file)) ?? Number.NaN)
  }
  const median = (values: readonly number[]) =>
    values.toSorted((x, y) => x - y)[Math.floor(values.length / 2)] ?? Number.NaN
  const shown = (value = Number.NaN) => (Number.isNaN(value) ? '–' : value.toFixed(0))
  console.log('| round | cable, Mbit/s | switch, Mbit/s | kernel, Mbit/s |\n|---|---|---|---|')
  for (const [round, value] of switched.entries())
    console.log(
      `| ${round + 1} | ${cable[round]?.toFixed(0)} | ${value.toFixed(0)} | ${shown(kernel[round])} |`,
    )
  console.log(
    `| median | ${median(cable).toFixed(0)} | ${median(switched).toFixed(0)} | ${shown(median(kernel))} |`,
  )
  const ratio = (of: readonly number[]) => (median(of) / median(cable)).toFixed(2)
  const beside = Number.isNaN(median(kernel)) ? '' : `, kernel ${ratio(kernel)}`
  console.log(`\nRatio of the medians to the cable: switch ${ratio(switched)}${beside}`)
} finally {
  spawnSync(join(repository, 'bin', 'nestlab'), ['down', '--lab', lab])
  await rm(folder, { recursive: true, force: true })
}
