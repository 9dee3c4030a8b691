/** `expect:` of a lab file. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadLab } from './load.ts'
import { resolvedYaml } from './resolved-yaml.ts'

const start = `nestlab: 1
name: lab
machines: { kvm: { count: 2, image: tiny }, web: { image: tiny } }
`

const loaded = (expect: string) => loadLab(`${start}expect: ${expect}`, { file: 'x', folder: '/labs' })

test('expectations stay in the order of the file and get their defaults', () => {
  const { lab } = loaded(`
  - { isolated: { from: kvm-1, to: kvm-2 } }
  - { http: { from: kvm-1, to: web } }
  - { exec: { on: web, command: [ls, -l] } }
  - { reach: { from: web, to: kvm-2 } }
  - { http: { from: kvm-1, to: web, port: 8080, status: 404 } }
  - { exec: { on: web, command: [test, -e, /x], exitCode: 1 } }`)
  assert.deepEqual(lab?.expect, [
    { kind: 'isolated', from: 'kvm-1', to: 'kvm-2' },
    { kind: 'http', from: 'kvm-1', to: 'web', port: 80, status: 200 },
    { kind: 'exec', on: 'web', command: ['ls', '-l'], exitCode: 0 },
    { kind: 'reach', from: 'web', to: 'kvm-2' },
    { kind: 'http', from: 'kvm-1', to: 'web', port: 8080, status: 404 },
    { kind: 'exec', on: 'web', command: ['test', '-e', '/x'], exitCode: 1 },
  ])
  assert.deepEqual(lab?.pending, [])
  assert.deepEqual(loadLab(resolvedYaml(lab), { file: 'x', folder: '/labs' }).lab, lab)
})

test('an expectation names machines, not the key of a count', () => {
  const { problems } = loaded('[{ reach: { from: kvm, to: web } }, { exec: { on: wbe, command: [ls] } }]')
  assert.deepEqual(
    problems.map(({ at, text }) => [at, text]),
    [
      ['expect[0].reach.from', 'There is no machine `kvm`.'],
      ['expect[1].exec.on', 'There is no machine `wbe`.'],
    ],
  )
})

test('a lab without expectations has none', () => {
  assert.equal(loaded('[]').lab?.expect, undefined)
})

test('what a class makes of an expectation stays with it, and is no kind of its own', () => {
  const { lab } = loaded(`
  - { reach: { from: kvm-1, to: web }, exercise: Plug them together, points: 5 }
  - { exec: { on: web, command: [ls] }, points: 0 }`)
  assert.deepEqual(lab?.expect, [
    { kind: 'reach', from: 'kvm-1', to: 'web', exercise: 'Plug them together', points: 5 },
    { kind: 'exec', on: 'web', command: ['ls'], exitCode: 0, points: 0 },
  ])
  assert.deepEqual(loadLab(resolvedYaml(lab), { file: 'x', folder: '/labs' }).lab, lab)
  const { problems } = loaded('[{ points: 5 }]')
  assert.match(problems[0]?.text ?? '', /exactly one of its kinds, but this one has none/)
})

test('a class has times, and the lab stays the same when it is written and read again', () => {
  const power = 'power: { on: "07:30", off: "19:00", days: [mon] }'
  const text = `${start}class: { seats: 3, hours: 2, idle: 30min, ${power}, template: ready }`
  const { lab } = loadLab(text, { file: 'x', folder: '/labs' })
  assert.deepEqual(lab?.class?.power, { on: '07:30', off: '19:00', days: ['mon'] })
  assert.deepEqual(lab?.pending, [])
  assert.deepEqual(loadLab(resolvedYaml(lab), { file: 'x', folder: '/labs' }).lab, lab)
  const { problems } = loadLab(`${start}class: { seats: 3, idle: 30 minutes }`, {
    file: 'x',
    folder: '/labs',
  })
  assert.match(problems[0]?.text ?? '', /not a length of time/)
})
