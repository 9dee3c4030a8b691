import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { loadLab } from './load.ts'
import { renderProblems } from './render-problems.ts'
import { resolvedYaml } from './resolved-yaml.ts'
import { showTree } from './show.ts'

const examples = fileURLToPath(new URL('../../examples/', import.meta.url))
const golden = fileURLToPath(new URL('../../test/golden/errors/', import.meta.url))
const texts = [examples, golden].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.lab.yaml') && !/many-machines|numbers|unsafe/.test(name))
    .map((name) => readFileSync(folder + name, 'utf8')),
)

const seed = Number(process.env.NESTLAB_SEED ?? 20_261_120)
const rounds = Number(process.env.NESTLAB_ROUNDS ?? 800)

/** A small generator of random numbers from 0 to 1, so that a failure can be repeated by its seed. */
function randomFrom(start: number): () => number {
  let state = start >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const scraps = [
  ':',
  '- ',
  '{',
  '}',
  '[',
  ']',
  '\n',
  '  ',
  '"',
  "'",
  '&a ',
  '*a',
  '!!',
  '|',
  '>',
  '#',
  '?',
  '%',
  '\t',
  ',',
]
const words = [
  'null',
  '-1',
  '0',
  '.nan',
  '1e9',
  '4095',
  'all',
  'nic0',
  '10.0.0.0/8',
  'extends',
  'count: 3',
  '__proto__',
]
const strange = ['\u0000', '\u202e', '\ud800', 'é', '\ufeff', '\r']

function mutate(text: string, random: () => number): string {
  const pick = (list: readonly string[]) => list[Math.floor(random() * list.length)] ?? ''
  const at = Math.floor(random() * text.length)
  const to = Math.min(text.length, at + Math.floor(random() * 30))
  const ways = [
    () => text.slice(0, at) + text.slice(to),
    () => text.slice(0, at) + text.slice(at, to) + text.slice(at),
    () => text.slice(0, at) + pick(scraps) + text.slice(at),
    () => text.slice(0, at) + pick(words) + text.slice(to),
    () => text.slice(0, at) + pick(strange) + text.slice(at),
    () => text.replace(/\w+/g, (word) => (random() < 0.02 ? pick(words) : word)),
    () => {
      const lines = text.split('\n')
      const [line] = lines.splice(Math.floor(random() * lines.length), 1)
      lines.splice(Math.floor(random() * lines.length), 0, line ?? '')
      return lines.join('\n')
    },
  ]
  return (ways[Math.floor(random() * ways.length)] ?? (() => text))()
}

function checkOne(text: string): 'lab' | 'problems' {
  const { lab, problems } = loadLab(text, { file: 'x.lab.yaml', folder: '/labs' })
  assert.equal(lab === undefined, problems.length > 0)
  const lines = text.split(/\r\n|\n/)
  for (const problem of problems) {
    assert.ok(problem.line >= 1 && problem.line <= lines.length, `line ${problem.line}`)
    assert.ok(problem.column >= 1, `column ${problem.column}`)
    assert.ok(problem.text.length > 0 && problem.remedy.length > 0, problem.text)
  }
  const shown = renderProblems(problems, text).replaceAll('\n', '')
  assert.doesNotMatch(
    shown,
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u,
    'nothing of the file may steer the terminal',
  )
  if (!lab) return 'problems'
  showTree(lab)
  const again = loadLab(resolvedYaml(lab, '/labs'), { file: 'x', folder: '/labs' })
  assert.ok(again.lab, JSON.stringify(again.problems))
  assert.ok(
    isDeepStrictEqual({ ...again.lab, pending: [] }, { ...lab, pending: [] }),
    'resolved YAML differs',
  )
  return 'lab'
}

test(`files changed at random give a lab or problems, never an error (seed ${seed})`, () => {
  const random = randomFrom(seed)
  const seen = { lab: 0, problems: 0 }
  for (let round = 0; round < rounds; round++) {
    let text = texts[Math.floor(random() * texts.length)] ?? ''
    for (let times = 1 + Math.floor(random() * 4); times > 0; times--) text = mutate(text, random)
    try {
      seen[checkOne(text)] += 1
    } catch (error) {
      throw new Error(`round ${round} of seed ${seed}:\n${text}`, { cause: error })
    }
  }
  assert.ok(seen.lab > 0 && seen.problems > 0, JSON.stringify(seen))
})
