/** Random edits of the example files, in several styles of writing: what was meant happens, and nothing else. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse, stringify } from 'yaml'
import { isThorough } from '../../test/sample.ts'
import { editLab, type LabEdit } from './edit.ts'
import type { EditValue } from './edit-text.ts'

const examples = new URL('../../examples/', import.meta.url)
const sources = readdirSync(examples, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.lab.yaml'))
  .map((name) => ({ name, source: readFileSync(new URL(name, examples), 'utf8') }))
  // With overlays and forwarded ports, numbers depend on each other: not every VLAN and MTU is right. A Hyper-V
  // switch has no security policies.
  .filter(({ source }) => !/^overlays:|^ +forward:|: hyperv$/m.test(source))

const styles: readonly ((source: string) => string)[] = [
  (source) => source,
  (source) => source.replaceAll('\n', '\r\n'),
  (source) => source.trimEnd(),
  (source) => JSON.stringify(parse(source)),
  (source) => `${JSON.stringify(parse(source), null, 4)}\n`,
  (source) => stringify(parse(source), { indent: 4 }),
  (source) => stringify(parse(source), { indentSeq: false, defaultStringType: 'QUOTE_SINGLE' }),
]

function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

type Path = readonly (string | number)[]

/** Paths of all port groups and switches of the file, templates included. */
function* placesIn(value: unknown, path: Path = []): Generator<{ path: Path; kind: 'portgroup' | 'switch' }> {
  if (typeof value !== 'object' || value === null) return
  for (const [key, child] of Object.entries(value)) {
    const step = Array.isArray(value) ? Number(key) : key
    const parent = path.at(-1)
    if (parent === 'portgroups') yield { path: [...path, step], kind: 'portgroup' }
    if (parent === 'switches') yield { path: [...path, step], kind: 'switch' }
    yield* placesIn(child, [...path, step])
  }
}

function randomEdit(plain: unknown, random: (below: number) => number): LabEdit {
  const places = [...placesIn(plain)]
  const place = places[random(places.length)]
  assert.ok(place)
  const verdict = () => (random(2) === 0 ? 'accept' : 'reject')
  const policy = ['promiscuous', 'forgedTransmits', 'macChanges'][random(3)] ?? ''
  const kind = random(3)
  if (kind === 0) return { path: [...place.path, 'security', policy], value: verdict() }
  if (place.kind === 'switch') return { path: [...place.path, 'mtu'], value: 1280 + random(7000) }
  const vlans: EditValue[] = [0, 4095, 'all', '10-20', '10-20,30', 1 + random(4094)]
  return { path: [...place.path, 'vlan'], value: vlans[random(vlans.length)] ?? 0 }
}

function withValue(plain: unknown, [step, ...rest]: Path, value: unknown): unknown {
  if (step === undefined) return value
  if (Array.isArray(plain))
    return plain.map((item, at) => (at === step ? withValue(item, rest, value) : item))
  const entries = new Map<string, unknown>(
    Object.entries(typeof plain === 'object' && plain !== null ? plain : {}),
  )
  return Object.fromEntries(entries.set(String(step), withValue(entries.get(String(step)), rest, value)))
}

/** How many lines of `before` stand between those that both texts begin with and those that both end with. */
function changedLines(before: string, after: string): number {
  const old = before.split('\n')
  const now = after.split('\n')
  let first = 0
  while (first < old.length && old[first] === now[first]) first += 1
  let last = 0
  while (last < old.length - first && old.at(-1 - last) === now.at(-1 - last)) last += 1
  return old.length - first - last
}

test('a random edit of any example says what was meant and loses at most the line it changes', () => {
  for (const [at, { name, source }] of sources.entries()) {
    for (const [style, write] of styles.entries()) {
      for (const seed of isThorough ? [0, 1, 2, 3] : [(at + style) % 4]) {
        const random = randomOf(seed * 1000 + style)
        let text = write(source)
        let plain: unknown = parse(text)
        for (let round = 0; round < 3; round += 1) {
          const edit = randomEdit(plain, random)
          const after = editLab(text, [edit])
          const which = `${name}, style ${style}, seed ${seed}: ${JSON.stringify(edit)}`
          const read: unknown = parse(after)
          assert.deepEqual(read, withValue(plain, edit.path, edit.value), which)
          assert.ok(changedLines(text, after) <= 1, `${which}\n${after}`)
          assert.equal(/\n$/.test(after), /\n$/.test(text), which)
          assert.equal(/(?<!\r)\n/.test(after), /(?<!\r)\n/.test(text), which)
          text = after
          plain = read
        }
      }
    }
  }
})
