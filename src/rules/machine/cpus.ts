/** Rules about virtual CPUs: how few, how many, and how they fill sockets. */
import { articles, known } from '../articles.ts'
import { pages } from '../pages.ts'
import type { Hit, Rule } from '../rule.ts'
import type { Placed, Scene } from '../scene.ts'
import { counted, softwareWords } from '../words.ts'
import { isVmware, mayAllBe, severityFor } from './hosts.ts'
import { factsOf, hardwareOf, hardwarePath, hypervisorsOf, settingOf } from './hypervisors.ts'

export const cpuMinimum: Rule = {
  id: 'cpu/minimum',
  severity: 'error',
  title: 'A hypervisor has the virtual CPUs that its product needs at least.',
  why: 'The installer of ESXi stops on a machine with one core. Whether the cores are in one socket or in several makes no difference to its speed.',
  covers: ['R019', 'R039'],
  sources: [articles.S0, articles.S4, pages.esxi60, pages.esxi80, known],
  *find(scene) {
    for (const placed of hypervisorsOf(scene)) {
      const { hypervisor, cpus, path } = placed.machine
      const least = factsOf(placed)?.cores
      if (least === undefined || cpus >= least) continue
      const at = [...placed.at, 'cpus']
      yield {
        at,
        severity: hypervisor.product === 'esxi' ? 'error' : 'warning',
        text: `\`${path}\` has ${counted(cpus, 'virtual CPU')}, and ${softwareWords(hypervisor)} needs ${least}.`,
        remedy: `Set \`cpus\` to ${least} or more.`,
        edits: [{ at, value: least }],
      }
    }
  },
}

/** These start no machine that has more virtual CPUs than they have. */
const strict: ReadonlySet<string> = new Set(['esxi', 'hyperv'])

export const moreThanHost: Rule = {
  id: 'cpu/more-vcpus-than-host',
  severity: 'error',
  title: 'No machine has more virtual CPUs than what runs it has threads.',
  why: 'ESXi and Hyper-V refuse to start such a machine. KVM starts it, and its CPUs then wait for each other, above all while one of them holds a lock.',
  covers: ['R025', 'R038', 'R039'],
  sources: [articles.S2, articles.S4, known],
  *find(scene) {
    const onSite = moreThanSite(scene)
    for (const placed of scene.machines) {
      const { host } = placed
      const hit = host ? moreThanOuter(placed, host) : onSite(placed)
      if (hit) yield { at: [...placed.at, 'cpus'], remedy: 'Give it fewer virtual CPUs.', ...hit }
    }
  },
}

type Said = Omit<Hit, 'at' | 'remedy'>

function moreThanOuter({ machine }: Placed, { machine: outer }: Placed): Said | undefined {
  if (machine.cpus <= outer.cpus) return undefined
  return {
    severity: strict.has(outer.hypervisor?.product ?? '') ? 'error' : 'warning',
    text: `\`${machine.path}\` has ${counted(machine.cpus, 'virtual CPU')}, and \`${outer.path}\`, in which it runs, has ${outer.cpus}.`,
  }
}

interface HostThreads {
  readonly name: string
  readonly product: string
  /** At most, where only the cores are known. */
  readonly threads: number
}

/** Nothing when those of one host are not known. */
function threadsOfSite({ site }: Scene): readonly HostThreads[] {
  const hosts = site.hosts.flatMap(({ name, product = '', cpu }) => {
    const threads = cpu?.threads ?? (cpu?.cores === undefined ? undefined : cpu.cores * 2)
    return threads === undefined ? [] : { name, product, threads }
  })
  return hosts.length < site.hosts.length ? [] : hosts
}

/** Machines of level 1 have few different numbers of virtual CPUs, so each number is compared with the hosts once. */
function moreThanSite(scene: Scene): (placed: Placed) => Said | undefined {
  const hosts = threadsOfSite(scene)
  const tooSmall = new Map<number, readonly HostThreads[]>()
  return ({ machine: { path, cpus } }) => {
    const failing = tooSmall.get(cpus) ?? hosts.filter(({ threads }) => threads < cpus)
    tooSmall.set(cpus, failing)
    const [first] = failing
    if (!first) return undefined
    const isStrict = failing.some(({ product }) => strict.has(product))
    return {
      severity: isStrict ? severityFor(failing.length, hosts.length) : 'warning',
      text: `\`${path}\` has ${counted(cpus, 'virtual CPU')}, and \`${first.name}\` has ${first.threads} threads at most.`,
    }
  }
}

export const topology: Rule = {
  id: 'hardware/topology',
  severity: 'error',
  title: 'The virtual CPUs of a machine fill its sockets.',
  why: 'VMware refuses a machine whose virtual CPUs are no multiple of the cores of a socket. The setting is there for licences and guests that count sockets, so it changes nothing else.',
  covers: ['R019'],
  sources: [articles.S0, articles.S4, known],
  *find({ machines }) {
    for (const placed of machines) {
      const { cpus, path } = placed.machine
      const cores = coresOf(placed)
      if (!cores || !mayAllBe(placed.runsOn, isVmware)) continue
      if (cores.contradicts)
        yield {
          at: cores.at,
          severity: 'warning',
          text: `\`${path}\` has \`coresPerSocket: ${hardwareOf(placed).coresPerSocket}\` and the setting \`cpuid.coresPerSocket: "${cores.value}"\`.`,
          remedy: 'Remove the setting.',
        }
      else if (cpus % cores.value !== 0)
        yield {
          at: cores.at,
          text: `\`${path}\` has ${counted(cpus, 'virtual CPU')} in sockets of ${counted(cores.value, 'core')}.`,
          remedy: 'Choose `cpus` as a multiple of `coresPerSocket`.',
        }
    }
  },
}

function coresOf(placed: Placed) {
  const { coresPerSocket } = hardwareOf(placed)
  const setting = settingOf(placed, 'cpuid.coresPerSocket')
  const value = Number(setting?.value)
  if (setting && Number.isInteger(value) && value > 0) {
    const at = hardwarePath(placed, 'settings', setting.key)
    return { at, value, contradicts: coresPerSocket !== undefined && coresPerSocket !== value }
  }
  if (coresPerSocket === undefined) return undefined
  return { at: hardwarePath(placed, 'coresPerSocket'), value: coresPerSocket, contradicts: false }
}
