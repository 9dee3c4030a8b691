/** What the kernel of a hypervisor is told about a bad link. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLocalHost } from '#host'
import type { LinkConditions } from '../network.ts'
import { BridgePorts, entryDevice, netemWords } from './bridge-ports.ts'
import { readPortCounters } from './bridge-stats.ts'
import { insideNames } from './device-names.ts'

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
  const ports = new BridgePorts(openLocalHost(), insideNames)
  const nics = [{ name: 'nic0', switchName: 'br0', portgroup: 'web', mac: '02:00:00:00:00:01' }]
  const wiring = { switches: [], machines: [{ machine: { name: 'web', nics } }] } as unknown as Parameters<
    typeof ports.impair
  >[1]
  const change = { all: [{ port: 'web:nic0', conditions: good }], changed: ['web:nic0'] }
  const asked = ports.impair(change, wiring, new AbortController().signal)
  await assert.rejects(asked, { code: 'machine-not-running', message: 'Machine web is not running.' })
})

test('what a bad link takes in both directions is counted at its port', () => {
  const text = `tap web-nic0 1 50 40 0 5000 4000
qdisc netem 8001: dev web-nic0 root refcnt 2 limit 10000 loss 10%
 Sent 84 bytes 2 pkt (dropped 3, overlimits 0 requeues 0)
 backlog 0b 0p requeues 0
qdisc netem 8002: dev ${entryDevice('web-nic0')} root refcnt 2 limit 10000 loss 10%
 Sent 84 bytes 2 pkt (dropped 4, overlimits 0 requeues 0)
qdisc netem 8003: dev other root refcnt 2 limit 10000
 Sent 84 bytes 2 pkt (dropped 9, overlimits 0 requeues 0)
`
  const nic = { name: 'nic0', switchName: 'br0', portgroup: 'web' } as Parameters<
    typeof readPortCounters
  >[0][0]['nic']
  const [port] = readPortCounters([{ machine: 'web', nic, tap: 'web-nic0' }], text)
  assert.deepEqual(port?.dropped, { IMPAIRED_LOSS: 7 })
  assert.deepEqual([port?.receivedBytes, port?.sentBytes], [5000, 4000])
})
