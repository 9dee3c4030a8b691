/** `nestlab size` as people and programs see it. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { SizeReport } from '#capacity'
import { Desk } from './command.ts'

const golden = fileURLToPath(new URL('../golden/size/', import.meta.url))
const homeLab = readFileSync(join(golden, 'home-lab.lab.yaml'), 'utf8')
/** `NESTLAB_ACCEPT=1` writes the texts anew; read the difference before committing it. */
const accept = process.env.NESTLAB_ACCEPT === '1'

const lab = (hostMemory: string) => `nestlab: 1
name: small
site: { kind: facts, hosts: { a: { product: kvm, memory: ${hostMemory}, cpu: { cores: 4 } } } }
machines: { vm: { image: tiny, count: 4, memory: 2GiB, bootDisk: 10GiB } }
`

async function deskWith(text: string): Promise<Desk> {
  const desk = await Desk.open()
  await desk.write('a.lab.yaml', text)
  return desk
}

const report = async (desk: Desk, ...options: readonly string[]) =>
  (await desk.json(0, 'size', ...options)) as SizeReport

const ownPrices = (usdPerHour: string) => `asOf: 2026-10-01
sources: { bill: { title: Our bill, grade: V } }
rows:
  - { kind: instance, provider: ec2, size: m8i.xlarge, region: here, usdPerHour: ${usdPerHour}, source: bill }
`

/** Prices change with every update of the facts; all before them follows from the file. */
const untilCost = (text: string) => text.slice(0, text.indexOf('\nCost in US dollars'))

test('the picture and the tables of a lab are what they were', async () => {
  await using desk = await deskWith(homeLab)
  const { stdout } = await desk.expect(0, 'size')
  const file = join(golden, 'home-lab.txt')
  if (accept) writeFileSync(file, untilCost(stdout))
  assert.equal(untilCost(stdout), readFileSync(file, 'utf8'))
})

test('a report is readable on 80 columns without colour; only addresses of pages are longer', async () => {
  await using desk = await deskWith(homeLab)
  const { stdout } = await desk.expect(0, 'size', '--hours', '30', '--seats', '1')
  const wide = stdout.split('\n').filter((line) => [...line].length > 80 && !line.includes('https://'))
  assert.deepEqual(wide, [])
  assert.ok(!stdout.includes('\u001b'))
})

test('a lab that does not fit ends with 1 and says first what is missing', async () => {
  await using desk = await deskWith(lab('8GiB'))
  const { stdout } = await desk.expect(1, 'size')
  assert.match(stdout, /^small does not fit\.\n {2}- The machines and their overhead take 8\.\d GiB/)
  assert.match(stdout, /L0 {2}together {2}▒?█+! +10\d %/)
  await desk.write('a.lab.yaml', lab('16GiB'))
  assert.match((await desk.expect(0, 'size')).stdout, /^small fits\.\n/)
})

test('with nothing known about level 0 the need is told, and the command ends with 0', async () => {
  await using desk = await deskWith(
    'nestlab: 1\nname: bare\nmachines: { vm: { image: tiny, memory: 2GiB } }\n',
  )
  const { stdout } = await desk.expect(0, 'size')
  assert.match(stdout, /^Whether bare fits is not known\.\n/)
  assert.match(stdout, /Machines of level 1 want 2 GiB, their overhead not known/)
  assert.doesNotMatch(stdout, /\b(NaN|undefined|null)\b/)
})

test('--json is the whole report as one object', async () => {
  await using desk = await deskWith(lab('16GiB'))
  const whole = await report(desk, '--hours', '10', '--year', '2019', '--seats', '1')
  assert.deepEqual(
    [whole.lab, whole.verdict, whole.cost.hours, whole.licences.year],
    ['small', 'fits', 10, 2019],
  )
  assert.ok(whole.assumptions.length > 3)
})

test('a file of prices of one’s own replaces ours about the same', async () => {
  await using desk = await deskWith(lab('16GiB'))
  await desk.write('prices.yaml', ownPrices('0.001'))
  const nested = (await report(desk, '--prices', 'prices.yaml')).cost.offers.find(
    ({ kind }) => kind === 'ec2-nested',
  )
  assert.deepEqual([nested?.title, nested?.source.title], ['m8i.xlarge', 'Our bill'])
  await desk.write('prices.json', JSON.stringify({ asOf: '2026-10-01', sources: {}, rows: [] }))
  assert.equal((await report(desk, '--prices', 'prices.json')).cost.pricesAsOf, '2026-10-01')
})

test('what is wrong with a file of prices is told with its key', async () => {
  await using desk = await deskWith(lab('16GiB'))
  const told = async (text: string) => {
    await desk.write('prices.yaml', text)
    const { stderr, stdout } = await desk.expect(1, 'size', '--prices', 'prices.yaml')
    assert.equal(stdout, '')
    return stderr
  }
  assert.match(await told(ownPrices('cheap')), /rows\[0\]\.usdPerHour: a number[\s\S]*\(price-file-wrong\)/)
  assert.match(await told(`${ownPrices('1')}colour: blue\n`), /`colour` is not known here/)
  assert.match(await told('rows: ['), /price-file-unreadable/)
  assert.match(await told('a: &a [1]\nb: [*a, *a]\n'), /price-file-unreadable/)
  assert.match(await told(`x: "${'y'.repeat(5 * 1024 * 1024)}"`), /more than 4 MiB/)
  await writeFile(join(desk.folder, 'bytes'), Buffer.from([0x61, 0xff, 0xfe]))
  assert.match((await desk.expect(1, 'size', '--prices', 'bytes')).stderr, /price-file-unreadable/)
  assert.match((await desk.expect(2, 'size', '--prices', 'gone.yaml')).stderr, /There is no file gone\.yaml/)
})

test('nothing in a file of prices drives the terminal', async () => {
  await using desk = await deskWith(lab('16GiB'))
  await desk.write('prices.yaml', ownPrices('0.001').replace('Our bill', '"Our \\e[31m\\nbill"'))
  const { stdout } = await desk.expect(0, 'size', '--prices', 'prices.yaml')
  assert.ok(!stdout.includes('\u001b'))
  await desk.write('prices.yaml', ownPrices('0.001').replace('region: here', 'region: "\\e[31m\\nhere"'))
  assert.match(
    (await desk.expect(0, 'size', '--prices', 'prices.yaml')).stdout,
    /Prices of \\u\{1b\}\[31m here\./,
  )
})

test('options that make no sense are refused before anything is read', async () => {
  await using desk = await deskWith(lab('16GiB'))
  for (const [option, value] of [
    ['--seats', '0'],
    ['--hours', 'ten'],
    ['--year', '1990'],
    ['--site', 'mars'],
  ] as const) {
    const { stderr } = await desk.expect(2, 'size', option, value)
    assert.match(stderr, new RegExp(`${option} .*"${value}"`))
  }
})

test('problems of the lab file are told as by check', async () => {
  await using desk = await deskWith('nestlab: 1\nname: a\nmachines: { vm: { memory: 2 } }\n')
  const { stderr } = await desk.expect(1, 'size')
  assert.match(stderr, /a\.lab\.yaml:3:/)
})
