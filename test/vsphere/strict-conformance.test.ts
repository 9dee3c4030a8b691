/** The conformance suite of all providers, on a server that is as strict as a real one, at each border of the API. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  copiesSentences,
  type Fixture,
  providerConformance,
  type Skip,
} from '../../src/providers/conformance.ts'
import type { SdkOptions } from '../../src/providers/sim/sdk/index.ts'
import { openOn, orderOf } from './provider-bench.ts'
import { startStrict } from './strict-bench.ts'

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
]

async function fixtureOn(options: Partial<SdkOptions>): Promise<Fixture> {
  const strict = await startStrict(options)
  const opened: { close(): Promise<void> }[] = []
  const reopen = async () => {
    const provider = await openOn({ ...strict, pid: process.pid })
    opened.push(provider)
    return provider
  }
  return {
    provider: await reopen(),
    reopen,
    order: async (name, plug) => orderOf(name, [plug]),
    impossible: async (name, plug) => orderOf(name, [plug], { memoryMiB: 100_000_000 }),
    crash: async (name) => strict.crash(options.kind === 'esxi' ? `conformance_${name}` : name),
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
      await strict[Symbol.asyncDispose]()
    },
  }
}

// The orders of the bench are for hosts of 6.5 and newer.
for (const apiVersion of ['6.5', '9.0.0.0']) {
  const open = () => fixtureOn({ kind: 'vcenter', apiVersion, inventory: { machinesPerHost: 1 } })
  providerConformance(`vSphere, strict, on the cluster of a vCenter of API ${apiVersion},`, open, skips)
}
const open = () => fixtureOn({ kind: 'esxi', apiVersion: '6.7', inventory: { machinesPerHost: 1 } })
providerConformance('vSphere, strict, on a lone ESXi host,', open, skips)
