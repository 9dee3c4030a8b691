import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import baselines from './data/evc-baselines.json' with { type: 'json' }
import models from './data/processor-models.json' with { type: 'json' }
import generations from './data/processors.json' with { type: 'json' }
import { problemsOf, sourceName } from './data-file.fixture.ts'
import { commonBaseline, evcBaseline, evcBaselines } from './evc.ts'
import { processorData, processorGeneration, processorModelData, processorOfModel } from './processors.ts'

const key = z.string().regex(/^[a-z0-9-]+$/)
const vendor = z.enum(['intel', 'amd'])

const generationRow = z.strictObject({
  key,
  vendor,
  title: z.string(),
  year: z.int().min(2000).max(2026),
  is64bit: z.boolean(),
  hasVirtualization: z.boolean(),
  hasSlat: z.boolean(),
  hasXsave: z.boolean(),
  hasShadowVmcs: z.boolean(),
  evc: key.optional(),
  qemuModel: z.string().optional(),
  serverAliases: z.array(key),
  source: sourceName,
})

const baselineRow = z.strictObject({
  key,
  vendor,
  level: z.string().regex(/^[LAB]\d+$/),
  title: z.string(),
  otherNames: z.array(z.string()).optional(),
  year: z.int(),
  order: z.int(),
  firstVsphere: z.string().optional(),
  firstVsphereSource: sourceName.optional(),
  qemuModel: z.string(),
  implies: z.array(key),
  source: sourceName,
})

const modelRow = z.strictObject({
  pattern: z.string(),
  generation: key,
  examples: z.array(z.string()).min(1),
  source: sourceName,
})

const named = (...names: readonly string[]) =>
  names.map((name) => {
    const generation = processorGeneration(name)
    assert.ok(generation, name)
    return generation
  })

test('the files of processors, models and EVC baselines are well formed', () => {
  assert.deepEqual(problemsOf(generations, { row: generationRow, keyOf: (row) => row.key }), [])
  assert.deepEqual(problemsOf(baselines, { row: baselineRow, keyOf: (row) => row.key }), [])
  assert.deepEqual(problemsOf(models, { row: modelRow, keyOf: (row) => row.pattern }), [])
})

test('every generation is found by its key and by each of its other names', () => {
  for (const generation of processorData().rows) {
    for (const name of [generation.key, ...generation.serverAliases])
      assert.equal(processorGeneration(name)?.key, generation.key, name)
  }
})

test('a generation is found however its name is written', () => {
  const written = {
    'sandy-bridge': [
      'sandy-bridge',
      'Sandy Bridge',
      'sandybridge',
      'Intel Sandy Bridge-EP',
      'SandyBridge-IBRS',
    ],
    silvermont: ['avoton', 'silvermont', 'Rangeley'],
    haswell: ['Haswell-noTSX', 'haswell-ep', 'HSW'],
    skylake: ['Skylake', 'Skylake-Server', 'skylake-sp'],
    'skylake-client': ['Skylake-Client'],
    zen: ['Zen', 'AMD Zen', 'EPYC Naples'],
    'zen-plus': ['Zen+', 'zen-plus'],
    zen3: ['zen3', 'Zen 3', 'epyc-milan', 'EPYC-Milan', 'Milan'],
    bulldozer: ['Opteron_G4', 'Interlagos'],
  }
  for (const [expected, names] of Object.entries(written)) {
    for (const name of names) assert.equal(processorGeneration(name)?.key, expected, name)
  }
  for (const name of ['', 'EPYC', 'Xeon', 'Intel', 'zen9', 'lake'])
    assert.equal(processorGeneration(name), undefined, name)
})

test('EPT came with Nehalem, NPT with K10, XSAVE with Sandy Bridge and Bulldozer, shadow VMCS with Haswell', () => {
  const [penryn, nehalem, westmere, sandyBridge, ivyBridge, haswell] = named(
    ...['penryn', 'nehalem', 'westmere', 'sandy-bridge', 'ivy-bridge', 'haswell'],
  )
  const [revF, k10, bulldozer] = named('rev-f', 'k10', 'bulldozer')
  assert.deepEqual(
    [penryn?.hasSlat, nehalem?.hasSlat, revF?.hasSlat, k10?.hasSlat],
    [false, true, false, true],
  )
  assert.deepEqual(
    [westmere?.hasXsave, sandyBridge?.hasXsave, k10?.hasXsave, bulldozer?.hasXsave],
    [false, true, false, true],
  )
  assert.deepEqual([ivyBridge?.hasShadowVmcs, haswell?.hasShadowVmcs], [false, true])
  assert.equal(processorGeneration('avoton')?.hasXsave, false)
})

test('every model number that is an example is of its generation, and of no other', () => {
  for (const { examples, generation } of processorModelData().rows) {
    for (const example of examples) assert.equal(processorOfModel(example)?.key, generation, example)
  }
})

test('a model number is read as /proc/cpuinfo and the box give it', () => {
  const written = {
    'Intel Xeon E3-1230 v3': 'haswell',
    'Intel(R) Xeon(R) CPU E3-1230 V2 @ 3.30GHz': 'ivy-bridge',
    'Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz': 'broadwell',
    'Intel(R) Atom(TM) CPU  C2750  @ 2.40GHz': 'silvermont',
    'Intel(R) Core(TM) i7-4770 CPU @ 3.40GHz': 'haswell',
    '11th Gen Intel(R) Core(TM) i5-1135G7 @ 2.40GHz': 'tiger-lake',
    'AMD EPYC 7763 64-Core Processor': 'zen3',
    'EPYC 7xx3': 'zen3',
    'AMD Ryzen 9 5950X 16-Core Processor': 'zen3',
    'AMD Opteron(tm) Processor 6274': 'bulldozer',
    'E3-1230v3': 'haswell',
    'Mac mini i7-3615QM': 'ivy-bridge',
    'Intel Xeon Platinum 8370C': 'ice-lake',
    'Intel Xeon Platinum 8272CL': 'cascade-lake',
  }
  for (const [model, expected] of Object.entries(written))
    assert.equal(processorOfModel(model)?.key, expected, model)
})

test('a model number that says too little is of no generation', () => {
  for (const model of [
    '',
    'Xeon',
    'Intel Xeon E3',
    'Core i7',
    'EPYC',
    'Intel Core Processor (Haswell, no TSX)',
    'Core i7-8550U',
    'Core i9-7900X',
    'QEMU Virtual CPU version 2.5+',
    'Apple M2',
  ])
    assert.equal(processorOfModel(model), undefined, model)
})

test('every EVC baseline that a generation reaches exists, and is of its vendor', () => {
  for (const { key: generation, vendor: maker, evc } of processorData().rows) {
    if (evc !== undefined) assert.equal(evcBaseline(evc)?.vendor, maker, generation)
  }
  for (const baseline of evcBaselines()) {
    for (const lower of baseline.implies) {
      const { vendor: maker, order } = evcBaseline(lower) ?? assert.fail(lower)
      assert.equal(maker, baseline.vendor)
      assert.ok(order < baseline.order, `${lower} < ${baseline.key}`)
    }
  }
})

test('a baseline is found by its key, its level and its title', () => {
  const names = ['intel-westmere', 'westmere', 'Intel Westmere', 'Intel "Westmere" Generation', 'L3', 'l3']
  for (const name of names) assert.equal(evcBaseline(name)?.key, 'intel-westmere', name)
  assert.equal(evcBaseline('A3')?.key, 'amd-greyhoundno3dnow')
  assert.equal(evcBaseline('AMD Opteron Gen. 4')?.key, 'amd-bulldozer')
  assert.equal(evcBaseline('B6')?.key, 'amd-zen3')
  assert.equal(evcBaseline('L12'), undefined)
})

test('mixed CPUs of Intel agree on the baseline of the oldest, and Avoton counts as Westmere', () => {
  assert.equal(commonBaseline(named('haswell', 'avoton'))?.key, 'intel-westmere')
  assert.equal(commonBaseline(named('ice-lake', 'sandy-bridge', 'haswell'))?.key, 'intel-sandybridge')
  assert.equal(commonBaseline(named('haswell'))?.key, 'intel-haswell')
})

test('AMD has two sequences, which meet in generation 3 without 3DNow!', () => {
  assert.equal(commonBaseline(named('k10', 'k10'))?.key, 'amd-greyhound')
  assert.equal(commonBaseline(named('k10', 'zen2'))?.key, 'amd-greyhoundno3dnow')
  assert.equal(commonBaseline(named('k10', 'rev-f'))?.key, 'amd-rev-f')
  assert.equal(commonBaseline(named('rev-f', 'bulldozer')), undefined)
})

test('no baseline holds for both vendors, for no host, or for a CPU that EVC does not know', () => {
  assert.equal(commonBaseline(named('haswell', 'zen2')), undefined)
  assert.equal(commonBaseline([]), undefined)
  assert.equal(commonBaseline(named('haswell', 'bonnell')), undefined)
})
