/** Rules about how a lab is run, and what it is used for. */
import { productFacts } from '#facts'
import { articles } from '../articles.ts'
import type { Rule } from '../rule.ts'
import { pathOfHost } from '../scene.ts'
import { named } from '../words.ts'

export const singleHost: Rule = {
  id: 'operations/single-host',
  severity: 'advice',
  title: 'A lab that has to stay up has a second physical host.',
  why:
    'Updates of the only host, and of its firmware, take the whole lab down. With a second one the machines move over for ' +
    'as long as that takes.',
  covers: ['R201'],
  sources: [articles.S3],
  *find({ lab, site }) {
    const [host, ...others] = site.hosts
    if (site.origin !== 'declared' || !host || others.length > 0) return
    // Whoever tries things at home does so on one machine, and waits while it is serviced.
    if (lab.use !== 'class' && lab.use !== 'production' && !lab.class) return
    // A hypervisor on a desktop is not meant to stay up.
    if (host.product && productFacts(host.product, host.version)?.hosted) return
    yield {
      at: pathOfHost(host.name),
      text: `\`${host.name}\` is the only physical host, so nothing runs while it is serviced.`,
      remedy: 'Plan a second host, or accept that the lab is down for maintenance.',
    }
  },
}

export const benchmark: Rule = {
  id: 'operations/benchmark',
  severity: 'warning',
  title: 'Nothing is measured in nested machines to be compared with production.',
  why:
    'Each level takes a share of CPU, memory and input/output that depends on the load, and all levels share the same cores. ' +
    'A figure from inside says little about real hardware, so only features can be tested there.',
  covers: ['R147'],
  sources: [articles.S2, articles.S4],
  *find({ lab, site, machines }) {
    if (lab.use !== 'benchmark') return
    const nested = machines.filter(({ machine }) => machine.level > 1 || site.cloud !== undefined)
    if (nested.length === 0) return
    yield {
      at: ['use'],
      text: `The lab is for benchmarks, and machines of it run nested: ${named(nested.map(({ machine }) => machine.path))}.`,
      remedy: 'Measure on the lowest level only, or compare nested results with nested results.',
    }
  },
}

export const rehearsalSnapshot: Rule = {
  id: 'operations/rehearsal-snapshot',
  severity: 'advice',
  title: 'The rehearsal of an upgrade begins with a snapshot.',
  why:
    'An upgrade that fails halfway cannot be taken back from inside. With a snapshot from before, the next try begins in ' +
    'seconds and from the same state.',
  covers: ['R215'],
  sources: [articles.S2, articles.S4],
  *find({ lab }) {
    if (lab.use !== 'upgrade-rehearsal' || lab.snapshots !== undefined) return
    yield {
      at: ['snapshots'],
      text: 'The lab rehearses an upgrade, and no snapshots are planned.',
      remedy: 'Write `snapshots: stopped`, and take one before each try.',
    }
  },
}
