/** `nestlab hardware`: what to buy for a lab, and what is wrong with a bill of materials. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { Desk, simulatedLab } from './command.ts'

const examples = fileURLToPath(new URL('../../examples/', import.meta.url))

const checkDocument = z.object({
  file: z.string(),
  ok: z.boolean(),
  name: z.string().optional(),
  problems: z.array(z.object({ line: z.number(), text: z.string() })),
  findings: z.array(
    z.strictObject({
      rule: z.string(),
      severity: z.enum(['error', 'warning', 'advice']),
      at: z.string(),
      text: z.string(),
      fix: z.string(),
      why: z.string(),
      source: z.string(),
      line: z.number(),
      column: z.number(),
    }),
  ),
})

const adviceDocument = z.object({
  lab: z.string(),
  asOf: z.string(),
  requirements: z.object({ memoryMiB: z.number(), hosts: z.number() }),
  offers: z.array(z.object({ model: z.string(), memoryGiB: z.number(), buy: z.array(z.object({})) })),
  misses: z.array(z.object({ model: z.string(), reason: z.string() })),
})

test('hardware check passes the bill of the home lab with 0, and ends with 1 on one that does not start', async () => {
  await using desk = await Desk.open()
  const good = await desk.expect(0, 'hardware', 'check', `${examples}hardware/home-lab.bom.yaml`)
  assert.match(good.stdout, /nothing speaks against home-lab/)
  const bad = `${examples}hardware/broken/04-fan-on-the-wrong-connector.bom.yaml`
  const { stdout } = await desk.expect(1, 'hardware', 'check', bad)
  assert.match(
    stdout,
    /04-fan-on-the-wrong-connector\.bom\.yaml:11:10 {2}parts\[4\]\.fan\nerror: No fan is plugged into CPU_FAN1/,
  )
  assert.match(stdout, /\(hardware\/fan-connector\)\nwhy: .*\nfix: Plug this fan into it: `on: CPU_FAN1`\./)
})

test('a warning is said, and ends with 0', async () => {
  await using desk = await Desk.open()
  const bill = `${examples}hardware/broken/01-module-not-qualified.bom.yaml`
  const { stdout } = await desk.expect(0, 'hardware', 'check', bill)
  assert.match(stdout, /warning: Kingston KVR16N11\/8 is not on the qualified list/)
})

test('hardware check --json has findings with their places, and problems of a file that is no bill', async () => {
  await using desk = await Desk.open()
  const bill = `${examples}hardware/broken/06-network-without-driver.bom.yaml`
  const found = checkDocument.parse(await desk.json(1, 'hardware', 'check', bill))
  assert.deepEqual([found.ok, found.name, found.problems], [false, 'home-lab', []])
  assert.deepEqual(
    found.findings.map(({ rule, line }) => [rule, line]),
    [['hardware/nic-driver', 6]],
  )
  await desk.write('x.bom.yaml', 'nestlab-bom: 1\nparts:\n  - bord: X1\n')
  const wrong = checkDocument.parse(await desk.json(1, 'hardware', 'check', 'x.bom.yaml'))
  assert.deepEqual([wrong.ok, wrong.findings], [false, []])
  assert.equal(wrong.problems.length, 2)
  const { stderr } = await desk.expect(1, 'hardware', 'check', 'x.bom.yaml')
  assert.match(stderr, /x\.bom\.yaml:3:5 {2}parts\[0\]\.bord\nerror: `bord` is not a key of a part\./)
  assert.match(stderr, /fix: Did you mean `board`\?/)
})

test('a bill that is not there is wrong usage', async () => {
  await using desk = await Desk.open()
  const { stderr } = await desk.expect(2, 'hardware', 'check', 'none.bom.yaml')
  assert.match(stderr, /There is no file none\.bom\.yaml\. \(bom-file-missing\)/)
})

test('hardware says what to buy for a lab, with the reason for each machine that does not do', async () => {
  await using desk = await Desk.open()
  const { stdout } = await desk.expect(0, 'hardware', '-f', `${examples}rick-mur.lab.yaml`)
  assert.match(stdout, /^rick-mur needs 2 machines, each with 15\.2 GiB of memory/)
  assert.match(stdout, /\nASRock C2750D4I +24 GiB +64 GiB +8 +20, no fan +390 USD \(2014-11\)/)
  assert.match(stdout, /with 3 × Kingston KVR16N11H\/8 .*, a fan on CPU_FAN1/)
  assert.match(stdout, /\n {2}Supermicro A1SAi-2750F +ESXi 5\.5 has no driver for Marvell 88E1543/)
  const { stdout: remote } = await desk.expect(
    0,
    'hardware',
    '-f',
    `${examples}rick-mur.lab.yaml`,
    '--remote',
  )
  assert.match(remote, /\n {2}Intel NUC6i7KYK +Intel NUC6i7KYK has nothing to reach it by/)
})

test('hardware --json is the same for a program, and ends with 1 when nothing carries the lab', async () => {
  await using desk = await Desk.open()
  await desk.write('demo.lab.yaml', simulatedLab)
  const small = adviceDocument.parse(await desk.json(0, 'hardware'))
  assert.deepEqual([small.lab, small.requirements], ['demo', { memoryMiB: 1326, hosts: 1 }])
  assert.ok(small.offers.length > 5)
  await desk.write('demo.lab.yaml', simulatedLab.replace('memory: 512MiB', 'memory: 4TiB'))
  const huge = adviceDocument.parse(await desk.json(1, 'hardware'))
  assert.deepEqual(huge.offers, [])
  assert.ok(huge.misses.every(({ reason }) => reason.startsWith('It takes at most')))
})

test('--sata takes a number', async () => {
  await using desk = await Desk.open()
  await desk.write('demo.lab.yaml', simulatedLab)
  assert.match((await desk.expect(2, 'hardware', '--sata', 'many')).stderr, /--sata takes a number/)
})
