/** Captures as an independent reader (tshark) sees them. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { dropReasons, explainDrop } from '../../reasons.ts'
import { frameOf, groups, spec } from '../../truth-table.fixture.ts'
import { interfaceBlock, packetBlock, sectionBlock, statisticsBlock } from './pcapng.ts'
import { readPcapng } from './read.ts'

const folder = mkdtempSync(join(tmpdir(), 'nestlab-pcapng-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** One line for each frame, with the fields that are asked for. */
function tshark(capture: Buffer, ...fields: string[]): string[][] {
  const file = join(folder, 'capture.pcapng')
  writeFileSync(file, capture)
  const args = ['-r', file, '-T', 'fields', '-E', 'separator=|', ...fields.flatMap((field) => ['-e', field])]
  const said = execFileSync('tshark', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  return said
    .trimEnd()
    .split('\n')
    .map((line) => line.split('|'))
}

test('tshark reads names, directions, nanoseconds and lengths', () => {
  const frame = frameOf('A', { to: 'ff:ff:ff:ff:ff:ff', bytes: 61 })
  const capture = Buffer.concat([
    sectionBlock('Nestlab'),
    interfaceBlock({ name: 'kvm-1:nic0 (vSwitch0/trunk)', snapBytes: 0 }),
    interfaceBlock({ name: 'web:größe (br0/10)', description: 'inside kvm-1', snapBytes: 64 }),
    packetBlock({
      interfaceId: 0,
      timeNs: 1_700_000_000_123_456_789n,
      direction: 'in',
      frame,
      frameBytes: 61,
    }),
    packetBlock({
      interfaceId: 1,
      timeNs: 1_700_000_000_123_456_790n,
      direction: 'out',
      frame: frame.subarray(0, 33),
      frameBytes: 61,
      comment: 'FORGED_TRANSMIT: vSwitch0/trunk security.forgedTransmits: reject',
    }),
    statisticsBlock({ interfaceId: 0, timeNs: 1_700_000_001_000_000_000n, received: 5, lost: 3 }),
  ])
  const rows = tshark(
    capture,
    ...[
      'frame.interface_name',
      'frame.p2p_dir',
      'frame.time_epoch',
      'frame.len',
      'frame.cap_len',
      'frame.comment',
    ],
  )
  assert.deepEqual(rows, [
    ['kvm-1:nic0 (vSwitch0/trunk)', '1', '1700000000.123456789', '61', '61', ''],
    [
      'web:größe (br0/10)',
      '0',
      '1700000000.123456790',
      '61',
      '33',
      'FORGED_TRANSMIT: vSwitch0/trunk security.forgedTransmits: reject',
    ],
  ])
  const { statistics } = readPcapng(capture)
  assert.deepEqual(statistics, [{ on: 'kvm-1:nic0 (vSwitch0/trunk)', received: 5, lost: 3 }])
})

test('every reason is a comment that tshark shows unchanged', () => {
  const portgroup = groups.web
  const comments = dropReasons.map((reason) => {
    return `${reason}: ${explainDrop(reason, { on: spec, ...(portgroup && { portgroup }) }).setting}`
  })
  const capture = Buffer.concat([
    sectionBlock('Nestlab'),
    interfaceBlock({ name: 'A (vSwitch0/web)', snapBytes: 0 }),
    ...comments.map((comment, i) =>
      packetBlock({
        interfaceId: 0,
        timeNs: BigInt(i),
        direction: 'in',
        frame: frameOf('A', { to: 'ff:ff:ff:ff:ff:ff', bytes: 60 + i }),
        frameBytes: 60 + i,
        comment,
      }),
    ),
  ])
  assert.deepEqual(
    tshark(capture, 'frame.comment').map(([comment]) => comment),
    comments,
  )
})

test('frames of any length are padded and none of their bytes changes', () => {
  const frames = [0, 1, 2, 3, 4, 5, 60, 1514, 65_553].map((bytes) => Buffer.alloc(bytes, 0xa5))
  const blocks = frames.map((frame) =>
    packetBlock({ interfaceId: 0, timeNs: 0n, direction: 'out', frame, frameBytes: frame.length }),
  )
  for (const block of blocks) assert.equal(block.length % 4, 0)
  const { packets } = readPcapng(Buffer.concat([interfaceBlock({ name: 'p', snapBytes: 0 }), ...blocks]))
  assert.deepEqual(
    packets.map(({ frame }) => frame),
    frames,
  )
})
