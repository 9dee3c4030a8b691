import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BoardPart, hardwareCatalogue } from '#facts'
import type { Bom, BomNeeds, BomPart, PartKind } from './bom.ts'
import { defaultNeeds } from './bom.ts'
import { checkBom } from './check-bom.ts'
import { hardwareRuleIds } from './finding.ts'

const catalogue = hardwareCatalogue()

type Row = Partial<Record<PartKind, string>> & { readonly count?: number; readonly on?: string }

interface Order {
  readonly needs?: Partial<BomNeeds>
  readonly product?: string
  readonly version?: string
  readonly parts: readonly Row[]
}

function partOf({ count = 1, on, ...named }: Row, index: number): BomPart {
  const [entry] = Object.entries(named)
  assert.ok(entry)
  const kinds: readonly PartKind[] = ['board', 'system', 'cpu', 'memory', 'ssd', 'case', 'psu', 'fan', 'nic']
  const kind = kinds.find((one) => one === entry[0])
  assert.ok(kind)
  return { kind, model: String(entry[1]), count, index, ...(on !== undefined && { on }) }
}

function billOf({ needs = {}, product = 'esxi', version = '5.5u2', parts }: Order): Bom {
  return { name: 'lab', product, version, needs: { ...defaultNeeds, ...needs }, parts: parts.map(partOf) }
}

function rulesOf(order: Order): readonly string[] {
  return checkBom(billOf(order), catalogue).map(({ rule }) => rule.replace('hardware/', ''))
}

const board = { board: 'ASRock C2750D4I' }
const memory = { memory: 'Kingston KVR16N11H/8', count: 4 }
const enclosure: readonly Row[] = [{ case: 'LC-1410mi' }, { fan: 'NF-R8 PWM', on: 'CPU_FAN1' }]
const homeLab: readonly Row[] = [board, memory, ...enclosure]

/** A bill that breaks the rule, and its nearest neighbour that must stay silent about it. */
const pairs: Readonly<Record<string, readonly [breaks: Order, keeps: Order]>> = {
  'unknown-part': [
    { parts: [...homeLab, { ssd: 'Somebody’s disk' }] },
    { parts: [...homeLab, { ssd: 'samsung  850 PRO 128 gb' }] },
  ],
  'no-machine': [{ parts: [memory, ...enclosure] }, { parts: homeLab }],
  'memory-not-qualified': [
    { parts: [board, { memory: 'Kingston KVR16N11/8', count: 4 }, ...enclosure] },
    { parts: [board, { memory: 'CT102472BD160B', count: 4 }, ...enclosure] },
  ],
  'memory-kind': [
    { parts: [board, { memory: 'Kingston KVR16LSE11/8', count: 4 }, ...enclosure] },
    { parts: [board, { memory: 'innodisk M3C0-8GSS3LPC', count: 4 }, ...enclosure] },
  ],
  'memory-slots': [
    { parts: [board, { ...memory, count: 5 }, ...enclosure] },
    { parts: [board, { ...memory, count: 4 }, ...enclosure] },
  ],
  'memory-over-maximum': [
    {
      needs: { upgradeToMiB: 8192 },
      parts: [{ system: 'NUC6i7KYK' }, { memory: 'Crucial CT32G4SFD832A', count: 2 }],
    },
    {
      needs: { upgradeToMiB: 8192 },
      parts: [{ system: 'NUC6i7KYK' }, { memory: 'Crucial CT16G4SFRA32A', count: 2 }],
    },
  ],
  'memory-too-little': [
    { parts: [board, { ...memory, count: 3 }, ...enclosure] },
    { needs: { memoryMiB: 24 * 1024 }, parts: [board, { ...memory, count: 3 }, ...enclosure] },
  ],
  'memory-ceiling': [
    { parts: [{ system: 'NUC6i7KYK' }, { memory: 'Crucial CT16G4SFRA32A', count: 2 }] },
    {
      needs: { upgradeToMiB: 32 * 1024 },
      parts: [{ system: 'NUC6i7KYK' }, { memory: 'Crucial CT16G4SFRA32A', count: 2 }],
    },
  ],
  'no-headroom': [
    {
      needs: { memoryMiB: 60 * 1024 },
      parts: [board, { memory: 'Memphis IMM2G64D3DUD8AG-B15E', count: 4 }, ...enclosure],
    },
    {
      needs: { memoryMiB: 48 * 1024 },
      parts: [board, { memory: 'Memphis IMM2G64D3DUD8AG-B15E', count: 4 }, ...enclosure],
    },
  ],
  'fan-connector': [
    { parts: [board, memory, { case: 'LC-1410mi' }, { fan: 'NF-R8 PWM' }] },
    { parts: [board, memory, { case: 'LC-1410mi' }, { fan: 'some old fan', on: 'cpu_fan1' }] },
  ],
  'case-airflow': [
    { parts: [{ board: 'A1SAi-2750F' }, { case: 'LC-1410mi' }] },
    { parts: [{ board: 'A1SAi-2750F' }, { case: 'CSE-721TQ-250B' }] },
  ],
  'nic-driver': [
    { version: '5.5u1', parts: homeLab },
    { version: '5.5', parts: homeLab },
  ],
  'nic-driver-partly': [
    { parts: [...homeLab, { nic: 'TG-3468' }] },
    { parts: [...homeLab, { nic: 'Intel I350-T4' }] },
  ],
  'nic-ports': [
    { needs: { nicPorts: 3 }, parts: homeLab },
    { needs: { nicPorts: 3 }, parts: [...homeLab, { nic: 'Intel I210-T1' }] },
  ],
  'sata-ports': [
    { needs: { sataPorts: 13 }, parts: homeLab },
    { needs: { sataPorts: 12 }, parts: homeLab },
  ],
  'no-out-of-band': [
    { parts: [{ system: 'Mac mini 2014' }] },
    { needs: { outOfBand: false }, parts: [{ system: 'Mac mini 2014' }] },
  ],
  'cpu-nesting': [
    { parts: [{ board: 'X7SPA-HF-D525' }] },
    { needs: { nested: false }, parts: [{ board: 'X7SPA-HF-D525' }] },
  ],
  'cpu-too-old': [
    { version: '8.0', parts: homeLab },
    { version: '8.0u1', parts: homeLab },
  ],
  'cpu-unsupported': [
    { version: '9.0', parts: [{ board: 'X10SLL-F' }, { cpu: 'E3-1230 v3' }] },
    { version: '8.0', parts: [{ board: 'X10SLL-F' }, { cpu: 'E3-1230 v3' }] },
  ],
  'cpu-too-new': [
    { version: '5.5', parts: [{ system: 'R740' }] },
    { version: '6.7', parts: [{ system: 'R740' }] },
  ],
  'cpu-hybrid': [
    { version: '8.0', parts: [{ system: 'MS-01' }] },
    { version: '8.0', parts: [{ system: 'MS-A2' }] },
  ],
  'cpu-no-turbo': [{ parts: [{ board: 'A1SRi-2758F' }] }, { parts: [{ board: 'A1SAi-2750F' }] }],
  'cpu-missing': [
    { parts: [{ board: 'X10SLL-F' }] },
    { parts: [{ board: 'X10SLL-F' }, { cpu: 'a CPU of somebody' }] },
  ],
  'cpu-socket': [
    { parts: [{ board: 'X10SLL-F' }, { cpu: 'EPYC 4464P' }] },
    { parts: [{ board: 'X10SLL-F' }, { cpu: 'E3-1230 v3' }] },
  ],
  'case-form-factor': [
    { parts: [{ board: 'X10SLL-F' }, { case: 'Node 304' }] },
    { parts: [{ board: 'X10SLL-F' }, { case: 'Node 804' }] },
  ],
  'no-power-supply': [
    { parts: [board, memory, { case: 'Node 304' }, { fan: 'NF-R8 PWM', on: 'CPU_FAN1' }] },
    {
      parts: [board, memory, { case: 'Node 304' }, { psu: 'any' }, { fan: 'NF-R8 PWM', on: 'CPU_FAN1' }],
    },
  ],
}

for (const [rule, [breaks, keeps]] of Object.entries(pairs)) {
  test(`hardware/${rule} is said of a bill that breaks it, and not of its nearest neighbour`, () => {
    assert.ok(rulesOf(breaks).includes(rule), rulesOf(breaks).join(' '))
    assert.ok(!rulesOf(keeps).includes(rule), rulesOf(keeps).join(' '))
  })
}

test('every hardware rule has a bill that breaks it', () => {
  assert.deepEqual(hardwareRuleIds.map((id) => id.replace('hardware/', '')).sort(), Object.keys(pairs).sort())
})

test('a part that the catalogue does not know makes nothing wrong: at most it is said to be unknown', () => {
  const parts: readonly Row[] = [
    { board: 'A board of tomorrow' },
    { cpu: 'Its CPU' },
    { memory: 'Its memory', count: 64 },
    { case: 'Its case' },
    { fan: 'Its fan' },
    { nic: 'Its card' },
  ]
  assert.deepEqual([...new Set(rulesOf({ parts }))], ['unknown-part'])
  const findings = checkBom(billOf({ parts }), catalogue)
  assert.equal(findings.length, parts.length)
  assert.ok(findings.every(({ severity }) => severity === 'advice'))
})

test('unknown modules on a known board: their size is not guessed, and the list of the board is shown', () => {
  const [finding, ...others] = checkBom(
    billOf({ parts: [board, { memory: 'Kingston KVR99N99/9', count: 4 }, ...enclosure] }),
    catalogue,
  )
  assert.deepEqual(others, [])
  assert.match(finding?.text ?? '', /The qualified list of ASRock C2750D4I does not name it either/)
  assert.match(finding?.fix ?? '', /Kingston KVR16N11H\/8/)
})

test('a name that is nearly one of the catalogue is asked back about', () => {
  const [finding] = checkBom(billOf({ parts: [{ board: 'ASRock C2750DI4' }] }), catalogue)
  assert.match(finding?.fix ?? '', /^Did you mean `ASRock C2750D4I`\?/)
})

test('where a board demands a fan, that is said once, and not again as missing air', () => {
  assert.deepEqual(rulesOf({ parts: [board, memory, { case: 'LC-1410mi' }] }), ['fan-connector'])
})

test('drivers are spoken of for ESXi only', () => {
  const parts = [{ board: 'A1SAi-2750F' }, { fan: 'NF-R8' }, { case: 'LC-1410mi' }]
  const [needs, product] = [{ memoryMiB: 0 }, 'proxmox']
  assert.deepEqual(rulesOf({ needs, product, version: '8', parts }), [])
  assert.deepEqual(rulesOf({ needs, parts }), ['nic-driver'])
})

test('every finding says where, what, why, the fix and the source, in sentences', () => {
  for (const [breaks] of Object.values(pairs)) {
    for (const { at, text, why, fix, source } of checkBom(billOf(breaks), catalogue)) {
      assert.match(at, /^parts(\[\d+\]\.[a-z]+)?$/)
      for (const sentence of [text, why, fix]) assert.match(sentence, /^["A-Z0-9].*[.?]$/)
      assert.notEqual(source, '')
    }
  }
})

test('checks look at what a board has, not at its name', () => {
  const original = catalogue.rows.find((row): row is BoardPart => row.kind === 'board')
  assert.ok(original)
  const twin: BoardPart = {
    ...original,
    model: 'Twin',
    aliases: [],
    requiredFans: ['SYS_FAN2'],
    sataPorts: 2,
  }
  const changed = { ...catalogue, rows: [...catalogue.rows, twin] }
  const bill = billOf({ parts: [{ board: 'Twin' }, memory, ...enclosure] })
  assert.deepEqual(
    checkBom(bill, changed).map(({ rule }) => rule),
    ['hardware/sata-ports', 'hardware/fan-connector'],
  )
})
