/** Rules about memory: what a hypervisor needs, what fits into it, what the hosts have. */
import { productFacts, sizingFigure } from '#facts'
import { formatMiB, type Machine } from '#lab'
import { articles, known } from '../articles.ts'
import { pages } from '../pages.ts'
import type { Hit, Rule } from '../rule.ts'
import { pathOfHost, type Scene } from '../scene.ts'
import { counted, named, softwareWords } from '../words.ts'
import { factsOf, hypervisorsOf, nestingOf, type PlacedHypervisor } from './hypervisors.ts'

export const memoryMinimum: Rule = {
  id: 'memory/minimum',
  severity: 'error',
  title: 'A hypervisor has the memory that its version needs at least.',
  why: 'The installer of ESXi stops below 4 GiB up to 6.7 and below 8 GiB from 7.0 on, inside another hypervisor as on hardware. Other products start with less and fail under load.',
  covers: ['R031', 'R034', 'R030'],
  sources: [articles.S0, articles.S4, pages.esxi60, pages.esxi70, pages.esxi80, known],
  *find(scene) {
    for (const placed of hypervisorsOf(scene)) {
      const { hypervisor, memoryMiB, path } = placed.machine
      const least = factsOf(placed)?.memoryMiB
      if (least === undefined || memoryMiB >= least) continue
      const at = [...placed.at, 'memory']
      yield {
        at,
        severity: hypervisor.product === 'esxi' ? 'error' : 'warning',
        text: `\`${path}\` has ${formatMiB(memoryMiB)} of memory, and ${softwareWords(hypervisor)} needs ${formatMiB(least)} at least.`,
        remedy: `Set \`memory\` to ${formatMiB(least)} or more.`,
        edits: [{ at, value: formatMiB(least) }],
      }
    }
  },
}

export const memoryRecommended: Rule = {
  id: 'memory/recommended',
  severity: 'advice',
  title: 'A hypervisor that is nearly full has the memory that its vendor recommends.',
  why: 'The least memory is enough to install, the recommended one to run machines. Where the inner machines already take most of what is left, the difference is felt.',
  covers: ['R034', 'R036'],
  sources: [articles.S3, articles.S4, pages.esxi60, pages.esxi80],
  *find(scene) {
    for (const placed of nestingOf(scene)) {
      const { hypervisor, memoryMiB, path } = placed.machine
      const facts = factsOf(placed)
      // A KVM node is as small as what it runs.
      if (!facts?.recommendedMemoryMiB || hypervisor.product === 'kvm') continue
      const used = facts.ownMemoryMiB + innerMemoryMiB(placed)
      if (memoryMiB < facts.memoryMiB || memoryMiB >= facts.recommendedMemoryMiB) continue
      if (used <= memoryMiB * sizingFigure('memory-marks').low || used > memoryMiB) continue
      yield {
        at: [...placed.at, 'memory'],
        text: `\`${path}\` has ${formatMiB(memoryMiB)} of memory, ${Math.round((used / memoryMiB) * 100)} % of it used, and ${formatMiB(facts.recommendedMemoryMiB)} are recommended for ${softwareWords(hypervisor)}.`,
        remedy: `Set \`memory\` to ${formatMiB(facts.recommendedMemoryMiB)}, if the host has it.`,
      }
    }
  },
}

/** What machines directly inside are given; with dynamic memory nobody knows what they take. */
function innerMemoryMiB({ machine }: PlacedHypervisor): number {
  return memoryOf(machine.hypervisor.inside.machines)
}

function memoryOf(machines: readonly Machine[]): number {
  return machines.reduce(
    (sum, { memoryMiB, traits }) => sum + (traits?.hardware?.dynamicMemory === true ? 0 : memoryMiB),
    0,
  )
}

export const innerFit: Rule = {
  id: 'memory/inner-fit',
  severity: 'error',
  title: 'The machines inside a hypervisor fit into its memory, beside what it uses itself.',
  why: 'Memory is the first bottleneck of a nested lab: a hypervisor has what its own machine was given, never what the host has. Beyond that it swaps, twice over where the host does too, or refuses to start a machine.',
  covers: ['R025', 'R030', 'R032', 'R039'],
  sources: [articles.S0, articles.S3, articles.S4, known],
  *find(scene) {
    for (const placed of nestingOf(scene)) {
      const { machine } = placed
      const inner = innerMemoryMiB(placed)
      const own = factsOf(placed)?.ownMemoryMiB ?? 0
      if (inner + own <= machine.memoryMiB) continue
      const words = softwareWords(machine.hypervisor)
      const count = machine.hypervisor.inside.machines.length
      const holds = `holds ${counted(count, 'machine')} with ${formatMiB(inner)}${count === 1 ? '' : ' together'}`
      const has = `\`${machine.path}\` has ${formatMiB(machine.memoryMiB)} of memory`
      const beyond = inner > machine.memoryMiB
      yield {
        at: [...placed.at, 'memory'],
        severity: beyond ? 'error' : 'warning',
        text: beyond
          ? `${has} and ${holds}.`
          : `${has}, of which ${words} uses about ${formatMiB(own)} itself, and ${holds}.`,
        remedy: `Set \`memory\` to ${formatMiB(inner + own)} or more, or give the machines inside less.`,
      }
    }
  },
}

export const hostFit: Rule = {
  id: 'memory/host-fit',
  severity: 'error',
  title: 'The lab fits into the memory of the hosts.',
  why: 'What the machines of level 1 are given is all in use once their hypervisors are busy. No host can lend more than it has left beside its own hypervisor.',
  covers: ['R030', 'R036', 'R038'],
  sources: [articles.S0, articles.S3, known],
  *find(scene) {
    const oneMiB = memoryOf(scene.lab.top.machines)
    yield* beyondFree(scene, oneMiB)
    const seats = seatsOnHosts(scene)
    const sum = oneMiB * seats
    const hosts = scene.site.hosts.flatMap(({ name, memoryMiB, product, version }) => {
      const own = product === undefined ? 0 : (productFacts(product, version)?.ownMemoryMiB ?? 0)
      return memoryMiB === undefined ? [] : { name, freeMiB: Math.max(0, memoryMiB - own), memoryMiB }
    })
    // A host of unknown size may be large enough for everything.
    if (hosts.length === 0 || hosts.length < scene.site.hosts.length) return
    const free = hosts.reduce((total, { freeMiB }) => total + freeMiB, 0)
    const [only] = hosts
    const at = hosts.length === 1 && only ? [...pathOfHost(only.name), 'memory'] : ['site', 'hosts']
    const names = named(hosts.map(({ name }) => name))
    if (sum > free)
      yield {
        at,
        text: `The machines of level 1 have ${formatMiB(sum)} of memory together${seats > 1 ? ` in ${counted(seats, 'seat')}` : ''}, and ${names} ${hosts.length === 1 ? 'has' : 'have'} ${formatMiB(free)} for them.`,
        remedy: 'Give machines less memory, leave some out, or add memory or a host.',
      }
    else yield* largerThanAny(scene, Math.max(...hosts.map(({ freeMiB }) => freeMiB)))
  },
}

/** The seats of a class share the hosts, unless each is an instance in a cloud. */
function seatsOnHosts({ lab }: Scene): number {
  return lab.class && !lab.class.provider ? lab.class.seats : 1
}

function* largerThanAny({ machines }: Scene, largestMiB: number): Iterable<Hit> {
  for (const { machine, at, host } of machines) {
    if (host || machine.memoryMiB <= largestMiB) continue
    yield {
      at: [...at, 'memory'],
      text: `\`${machine.path}\` has ${formatMiB(machine.memoryMiB)} of memory, and no host has more than ${formatMiB(largestMiB)} for a machine.`,
      remedy: 'Give it less memory, or add a larger host.',
    }
  }
}

/** On a probed machine: memory is taken only when it is touched, so more may be given than there is. */
function* beyondFree({ site }: Scene, sumMiB: number): Iterable<Hit> {
  const free = site.memoryAvailableMiB
  if (free === undefined || sumMiB <= free) return
  yield {
    at: ['site'],
    severity: 'warning',
    text: `The machines of level 1 have ${formatMiB(sumMiB)} of memory together, and this machine has ${formatMiB(Math.round(free))} free.`,
    remedy: 'Give machines less memory, or bring up only some of them.',
  }
}

export const hostSize: Rule = {
  id: 'memory/host-size',
  severity: 'advice',
  title: 'A host for nested hypervisors of full size has 32 GiB of memory or more.',
  why: 'A nested ESXi takes 8 GiB before it runs anything, and a vCenter more than that, so a host of less than 32 GiB is full at once. One that cannot be extended to 64 GiB is soon too small.',
  covers: ['R035'],
  sources: [articles.S0, articles.S3],
  *find(scene) {
    if (!hypervisorsOf(scene).some(({ machine }) => machine.hypervisor.product !== 'kvm')) return
    const { low, high } = sizingFigure('lab-server-memory')
    for (const { name, memoryMiB } of scene.site.hosts) {
      if (memoryMiB === undefined || memoryMiB >= low * 1024) continue
      yield {
        at: [...pathOfHost(name), 'memory'],
        text: `\`${name}\` has ${formatMiB(memoryMiB)} of memory, which nested hypervisors of full size soon fill.`,
        remedy: `Plan ${low} GiB, better ${high} GiB.`,
      }
    }
  },
}
