import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import written from './data/hardware-parts.json' with { type: 'json' }
import { problemsOf, sourceName } from './data-file.fixture.ts'
import {
  type BoardPart,
  type HardwareRow,
  hardwareCatalogue,
  inBoxDriver,
  type NicChip,
} from './hardware-parts.ts'
import { processorGeneration } from './processors.ts'

const text = z.string().min(2)
const count = z.int().min(0)
const memoryGeneration = z.enum(['DDR3', 'DDR4', 'DDR5'])
const buffering = z.enum(['unbuffered', 'registered'])
const formFactor = z.enum(['mini-itx', 'micro-atx', 'atx'])
const version = z.string().regex(/^\d+\.\d+(u\d+)?$/)

const part = {
  model: text,
  aliases: z.array(text).min(1).optional(),
  availability: z.enum(['new', 'used']),
  price: z
    .strictObject({
      amount: z.number().positive(),
      currency: z.string().regex(/^[A-Z]{3}$/),
      asOf: z.string().regex(/^20\d\d-(0[1-9]|1[0-2])$/),
    })
    .optional(),
  priceSource: sourceName.optional(),
  note: text.optional(),
  source: sourceName,
}

const computer = {
  ...part,
  memory: z.strictObject({
    slots: count,
    form: z.enum(['DIMM', 'SO-DIMM', 'soldered']),
    generation: memoryGeneration,
    buffering,
    ecc: z.enum(['none', 'possible', 'required']),
    maxGiB: z.int().positive(),
    solderedGiB: z.int().positive().optional(),
    qualified: z.array(text).min(1).optional(),
    qualifiedNote: text.optional(),
  }),
  sataPorts: count,
  nics: z.array(z.strictObject({ chip: text, ports: z.int().positive(), mbits: z.int().positive() })).min(1),
  outOfBand: z.enum(['IPMI', 'iDRAC', 'iLO', 'AMT', 'none']),
}

const row = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('board'),
      ...computer,
      formFactor,
      cpu: text.optional(),
      socket: text.optional(),
      cooling: z.enum(['passive', 'active']),
      requiredFans: z.array(text),
    }),
    z.strictObject({
      kind: z.literal('system'),
      ...computer,
      formFactor: z.enum(['mini-pc', 'tower', '1u', '2u']),
      cpu: text,
      cpuCount: z.int().positive(),
    }),
    z.strictObject({
      kind: z.literal('cpu'),
      ...part,
      socket: text.optional(),
      cores: z.int().positive(),
      threads: z.int().positive(),
      baseMHz: z.int().positive(),
      turboMHz: z.int().positive().optional(),
      quickAssist: z.boolean(),
      vt: z.boolean(),
      ept: z.boolean(),
      hybrid: z.boolean(),
      generation: text.optional(),
      tdpWatts: z.int().positive(),
    }),
    z.strictObject({
      kind: z.literal('memory'),
      ...part,
      form: z.enum(['DIMM', 'SO-DIMM']),
      generation: memoryGeneration,
      buffering,
      ecc: z.boolean(),
      sizeGiB: z.int().positive(),
      mtPerS: z.int().min(800),
    }),
    z.strictObject({
      kind: z.literal('ssd'),
      ...part,
      interface: z.enum(['sata', 'nvme']),
      sizeGB: z.int().positive(),
    }),
    z.strictObject({
      kind: z.literal('case'),
      ...part,
      takes: z.array(formFactor).min(1),
      powerSupply: z.boolean(),
      fans: count,
    }),
    z.strictObject({ kind: z.literal('psu'), ...part, watts: z.int().positive() }),
    z.strictObject({
      kind: z.literal('fan'),
      ...part,
      // A fan of 8 mm is a slip of the pen for one of 80 mm.
      sizeMm: z.int().min(40).max(200),
      noiseDbA: z.number().positive(),
    }),
    z.strictObject({
      kind: z.literal('nic'),
      ...part,
      chip: text,
      ports: z.int().positive(),
      mbits: z.int().positive(),
    }),
    z.strictObject({
      kind: z.literal('nic-chip'),
      model: text,
      esxi: z.strictObject({
        inBoxFrom: version.optional(),
        inBoxUntil: version.optional(),
        missingThrough: version.optional(),
      }),
      source: sourceName,
    }),
  ])
  .refine((one) => !('price' in one) || (one.price === undefined) === (one.priceSource === undefined), {
    error: 'a price needs its source, and only a price',
  })

const rows = hardwareCatalogue().rows

function modelsOf(kind: HardwareRow['kind']): readonly string[] {
  return rows.flatMap((one) => (one.kind === kind ? [one.model] : []))
}

function chip(model: string): NicChip {
  const found = rows.find((one): one is NicChip => one.kind === 'nic-chip' && one.model === model)
  assert.ok(found, model)
  return found
}

function board(model: string): BoardPart {
  const found = rows.find((one): one is BoardPart => one.kind === 'board' && one.model === model)
  assert.ok(found, model)
  return found
}

test('the file of hardware parts is well formed', () => {
  assert.deepEqual(problemsOf(written, { row, keyOf: ({ model }) => model }), [])
})

test('no name means two parts', () => {
  const names = rows.flatMap((one) =>
    one.kind === 'nic-chip' ? [] : [one.model, ...(one.aliases ?? [])].map((name) => name.toLowerCase()),
  )
  assert.deepEqual(
    names.filter((name, at) => names.indexOf(name) !== at),
    [],
  )
})

test('CPUs, qualified modules and network chips that a machine names have rows of their own', () => {
  const [cpus, modules, chips] = [modelsOf('cpu'), modelsOf('memory'), modelsOf('nic-chip')]
  const missing: string[] = []
  for (const one of rows) {
    if (one.kind === 'nic' && !chips.includes(one.chip)) missing.push(one.chip)
    if (one.kind !== 'board' && one.kind !== 'system') continue
    if (one.cpu !== undefined && !cpus.includes(one.cpu)) missing.push(one.cpu)
    missing.push(...(one.memory.qualified ?? []).filter((model) => !modules.includes(model)))
    missing.push(...one.nics.flatMap((nic) => (chips.includes(nic.chip) ? [] : [nic.chip])))
  }
  assert.deepEqual(missing, [])
})

test('a board has a CPU or a socket for one, and some module of the catalogue fits each machine', () => {
  for (const one of rows) {
    if (one.kind === 'board') assert.notEqual(one.cpu === undefined, one.socket === undefined, one.model)
    if (one.kind !== 'board' && one.kind !== 'system') continue
    const { memory } = one
    assert.equal(memory.form === 'soldered', memory.solderedGiB !== undefined, one.model)
    const fits = rows.some(
      (module) =>
        module.kind === 'memory' &&
        module.form === memory.form &&
        module.generation === memory.generation &&
        module.buffering === memory.buffering &&
        (memory.ecc !== 'required' || module.ecc),
    )
    assert.equal(fits, memory.form !== 'soldered', one.model)
  }
})

test('the generation that a CPU names is known, and no CPU can do more than its generation', () => {
  for (const one of rows) {
    if (one.kind !== 'cpu' || one.generation === undefined) continue
    const generation = processorGeneration(one.generation)
    assert.ok(generation, one.model)
    assert.ok(generation.hasVirtualization || !one.vt, one.model)
    assert.ok(generation.hasSlat || !one.ept, one.model)
  }
})

test('the C2750D4I has the qualified list of its maker, two ports for networks, and a connector that needs a fan', () => {
  const { memory, nics, requiredFans, outOfBand } = board('ASRock C2750D4I')
  assert.equal(memory.qualified?.length, 8)
  assert.deepEqual([memory.slots, memory.form, memory.maxGiB], [4, 'DIMM', 64])
  assert.deepEqual(nics, [{ chip: 'Intel I210', ports: 2, mbits: 1000 }])
  assert.deepEqual([requiredFans, outOfBand], [['CPU_FAN1'], 'IPMI'])
})

test('the C2750 has Turbo and the C2758 QuickAssist instead', () => {
  const [turbo, assist] = ['Intel Atom C2750', 'Intel Atom C2758'].map((model) => {
    const found = rows.find((one) => one.model === model)
    assert.ok(found?.kind === 'cpu')
    return [found.turboMHz !== undefined, found.quickAssist]
  })
  assert.deepEqual(
    [turbo, assist],
    [
      [true, false],
      [false, true],
    ],
  )
})

test('ESXi brings the driver of the I210 from 5.5 update 2, that of Realtek until 5.1, and of newer Realtek never', () => {
  const states = (model: string, ...versions: readonly string[]) =>
    versions.map((one) => inBoxDriver(chip(model), one))
  assert.deepEqual(states('Intel I210', '5.1', '5.5u1', '5.5u2', '5.5', '6.0', '8.0u3'), [
    ...['missing', 'missing', 'in-box', 'in-box', 'in-box', 'in-box'],
  ])
  assert.deepEqual(states('Realtek RTL8168', '5.0', '5.1', '5.1u3', '5.5', '8.0'), [
    ...['in-box', 'in-box', 'in-box', 'missing', 'missing'],
  ])
  assert.deepEqual(states('Realtek RTL8125', '5.5', '9.0'), ['missing', 'missing'])
})

test('where only old versions are known to lack a driver, newer ones are unknown', () => {
  const states = ['5.5', '5.5u2', '6.0'].map((one) => inBoxDriver(chip('Marvell 88E1543'), one))
  assert.deepEqual(states, ['missing', 'missing', 'unknown'])
})
