/** The conformance suite of all providers, on vcsim. */

import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  copiesSentences,
  type Fixture,
  providerConformance,
  type Skip,
} from '../../src/providers/conformance.ts'
import { openOn, orderOf } from './provider-bench.ts'
import { govc, lackingGo, startVcsim, type VcsimInventory } from './vcsim.ts'

const skips: readonly Skip[] = [
  { cases: copiesSentences, reason: 'the memory of machines stays where the site keeps its snapshots' },
  {
    cases: ['has a row of counters for each port of a running machine'],
    reason: 'vSphere counts averages of 20 s for a whole NIC, and never why a frame was dropped',
  },
  {
    cases: ['carries the serial console both ways and keeps its end'],
    reason:
      'a serial port over the network needs a firewall rule on the host; consoles are opened in its client',
  },
  {
    cases: ['takes a machine back to a snapshot, with its memory where that was kept'],
    reason: 'vcsim moves a pointer when a machine is taken back, and leaves the machine as it is',
  },
]

async function fixtureOn(place: {
  readonly esx: boolean
  readonly inventory?: VcsimInventory
}): Promise<Fixture> {
  const vcsim = await startVcsim(place)
  const opened: { close(): Promise<void> }[] = []
  const reopen = async () => {
    const provider = await openOn(vcsim)
    opened.push(provider)
    return provider
  }
  return {
    provider: await reopen(),
    reopen,
    order: async (name, plug) => orderOf(name, [plug]),
    impossible: async (name, plug) => orderOf(name, [plug], { memoryMiB: 100_000_000 }),
    crash: async (name) => {
      const path = place.esx ? `/ha-datacenter/vm/conformance_${name}` : `/DC0/vm/nestlab-conformance/${name}`
      await govc(vcsim, 'vm.power', '-off', '-force', path)
    },
    untilUp: async () => {},
    until: async (what, holds) => {
      for (let looked = 0; looked < 100; looked += 1) {
        if (await holds()) return
        await sleep(50)
      }
      throw new Error(`waited in vain until ${what}`)
    },
    close: async () => {
      await Promise.all(opened.map((one) => one.close()))
      await vcsim[Symbol.asyncDispose]()
    },
  }
}

const lacking = lackingGo()
if (lacking === undefined) {
  const inventory = { standaloneHosts: 0, hostsPerCluster: 2, machinesPerPool: 1 }
  providerConformance(
    'vSphere, on the cluster of a vCenter',
    () => fixtureOn({ esx: false, inventory }),
    skips,
  )
  providerConformance('vSphere, on a lone ESXi host', () => fixtureOn({ esx: true }), skips)
} else test('the vSphere provider', { skip: lacking }, () => {})
