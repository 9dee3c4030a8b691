/** `nestlab trace` as a process: what it prints, and how it ends. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Desk } from './command.ts'

const example = await readFile(
  fileURLToPath(new URL('../../examples/two-hypervisors.lab.yaml', import.meta.url)),
  'utf8',
)
const rejecting = example.replace('promiscuous: accept', 'promiscuous: reject')
const pair = ['kvm-1/web', 'kvm-2/web']

test('a trace prints the switches on the way, and with --return those of the answer', async () => {
  await using desk = await Desk.open()
  await desk.write('a.lab.yaml', example)
  const { stdout } = await desk.expect(0, 'trace', ...pair)
  assert.match(stdout, /^kvm-1\/web → kvm-2\/web {2}icmp: reached\n/)
  assert.match(
    stdout,
    /\n {2}vSwitch0 {2}kvm-1:nic1 \(trunk\) tag 10 → kvm-2:nic1 \(trunk\) tag 10 {2}VLAN 10\n/,
  )
  assert.doesNotMatch(stdout, /kvm-2:nic1 \(trunk\) tag 10 → kvm-1:nic1/)
  const both = await desk.expect(0, 'trace', ...pair, '--tcp', '443', '--return', '--svg', 'way.svg')
  assert.match(both.stdout, /kvm-2:nic1 \(trunk\) tag 10 → kvm-1:nic1/)
  assert.match(await readFile(join(desk.folder, 'way.svg'), 'utf8'), /^<svg .*<\/svg>\n$/s)
})

test('a trace that fails says the setting with its line, and ends with 1', async () => {
  await using desk = await Desk.open()
  await desk.write('a.lab.yaml', rejecting)
  const { stdout } = await desk.expect(1, 'trace', ...pair)
  assert.match(stdout, /✗ arp reply/)
  assert.match(stdout, /UNKNOWN_UNICAST at vSwitch0, port kvm-1:nic1 \(trunk\)/)
  const line = rejecting.split('\n').findIndex((text) => text.includes('promiscuous: reject')) + 1
  assert.ok(
    stdout.includes(`a.lab.yaml:${line}:11 (switches.vSwitch0.portgroups.trunk.security.promiscuous)`),
  )
  const answer = JSON.parse((await desk.expect(1, 'trace', ...pair, '--json')).stdout)
  assert.equal(answer.reached, false)
  assert.equal(answer.cause.place.line, line)
})

test('all pairs are a table, and two files are compared', async () => {
  await using desk = await Desk.open()
  await desk.write('a.lab.yaml', example)
  const table = await desk.expect(0, 'trace', '--all-pairs')
  assert.match(table.stdout, /\n1 {2}kvm-1, kvm-2 {10}✓ {2}·\n2 {2}kvm-1\/web, kvm-2\/web {2}· {2}✓\n/)
  await desk.write('b.lab.yaml', rejecting)
  const changed = await desk.expect(1, 'trace', '--diff', 'a.lab.yaml', 'b.lab.yaml')
  assert.match(changed.stdout, /kvm-1\/web → kvm-2\/web: no longer reached\n {2}UNKNOWN_UNICAST/)
  assert.match(
    (await desk.expect(0, 'trace', '--diff', 'a.lab.yaml', 'a.lab.yaml')).stdout,
    /^Everything reaches/,
  )
})

test('a frame is read from a file, as bytes or as digits', async () => {
  await using desk = await Desk.open()
  await desk.write('a.lab.yaml', example)
  await desk.write('arp.hex', `ff:ff:ff:ff:ff:ff 02:00:00:00:00:01 0806${' 00'.repeat(28)}\n`)
  assert.match((await desk.expect(0, 'trace', ...pair, '--frame', 'arp.hex')).stdout, /frame: reached/)
  await desk.write('runt.bin', 'not hex')
  assert.match((await desk.expect(1, 'trace', ...pair, '--frame', 'runt.bin')).stdout, /RUNT/)
  await desk.write('empty', '')
  assert.match((await desk.expect(2, 'trace', ...pair, '--frame', 'empty')).stderr, /frame-unreadable/)
  assert.match((await desk.expect(2, 'trace', ...pair, '--frame', 'gone')).stderr, /frame-unreadable/)
})

test('what cannot be traced is refused with the remedy', async () => {
  await using desk = await Desk.open()
  await desk.write('a.lab.yaml', example)
  const refusals: readonly (readonly [RegExp, ...string[]])[] = [
    [/needs two machines/, 'kvm-1/web'],
    [/The lab has no machine kvm-3/, 'kvm-1/web', 'kvm-3'],
    [/kvm-1\/web has no NIC nic7/, 'kvm-1/web:nic7', 'kvm-2/web'],
    [/--tcp needs a number/, ...pair, '--tcp', '70000'],
    [/only one can be sent/, ...pair, '--arp', '--tcp', '80'],
    [/names no machines/, ...pair, '--all-pairs'],
    [/compares two lab files/, '--diff', 'a.lab.yaml'],
  ]
  for (const [expected, ...args] of refusals) {
    assert.match((await desk.expect(2, 'trace', ...args)).stderr, expected)
  }
})
