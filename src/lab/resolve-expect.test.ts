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
