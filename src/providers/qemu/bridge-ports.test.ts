/** What the kernel of a hypervisor is told about a bad link. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLocalHost } from '#host'
import type { LinkConditions } from '../network.ts'
import { BridgePorts, netemWords } from './bridge-ports.ts'

const good: LinkConditions = {
  direction: 'both',
  delayMs: 0,
  jitterMs: 0,
  lossPercent: 0,
  duplicatePercent: 0,
  reorderPercent: 0,
  corruptPercent: 0,
  rateBitPerS: 0,
  down: false,
}

test('each condition is a word of netem', () => {
  const rows: readonly [Partial<LinkConditions>, string][] = [
    [{ delayMs: 40 }, 'limit 10000 delay 40ms 0ms'],
    [{ lossPercent: 0.5 }, 'limit 10000 loss 0.5%'],
    [{ lossPercent: 1, down: true }, 'limit 10000 loss 100%'],
    [{ rateBitPerS: 512_000 }, 'limit 10000 rate 512000bit'],
    [
      { delayMs: 10, duplicatePercent: 1, reorderPercent: 2, corruptPercent: 3 },
      'limit 10000 delay 10ms 0ms duplicate 1% reorder 2% corrupt 3%',
    ],
  ]
  for (const [conditions, words] of rows) assert.equal(netemWords({ ...good, ...conditions }), words)
})

test('a varying delay keeps the order of frames, for which netem needs a rate', () => {
  assert.equal(netemWords({ ...good, delayMs: 40, jitterMs: 5 }), 'limit 10000 delay 40ms 5ms rate 100gbit')
  const limited = { ...good, delayMs: 40, jitterMs: 5, rateBitPerS: 1e6 }
  assert.equal(netemWords(limited), 'limit 10000 delay 40ms 5ms rate 1000000bit')
})

test('a port of a machine that does not run is refused by name', async () => {
  const ports = new BridgePorts(openLocalHost(), (machine, nic) => `${machine}-${nic}-none`)
  const nics = [{ name: 'nic0', switchName: 'br0', portgroup: 'web', mac: '02:00:00:00:00:01' }]
  const wiring = { switches: [], machines: [{ machine: { name: 'web', nics } }] } as unknown as Parameters<
    typeof ports.impair
  >[1]
  const change = { all: [{ port: 'web:nic0', conditions: good }], changed: ['web:nic0'] }
  const asked = ports.impair(change, wiring, new AbortController().signal)
  await assert.rejects(asked, { code: 'machine-not-running', message: 'Machine web is not running.' })
})

test('capturing drops inside a hypervisor is refused by name', async () => {
  const ports = new BridgePorts(openLocalHost(), () => 'tap')
  const wiring = { switches: [], machines: [] }
  const asked = ports.capture(
    { dropsOnly: true, snapBytes: 0, frames: 0 },
    wiring,
    new AbortController().signal,
  )
  await assert.rejects(asked, { code: 'no-drop-capture' })
})
