import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#failure'
import type { Machine, ResolvedLab } from '#lab'
import { narrowed, selectMachines } from './select.ts'

function machine(path: string, inside?: Machine[]): Machine {
  return {
    path,
    name: path.slice(path.lastIndexOf('/') + 1),
    level: path.split('/').length,
    uuid: '',
    image: { from: 'catalogue', name: 'tiny' },
    cpus: 1,
    memoryMiB: 64,
    nics: [],
    ...(inside && {
      hypervisor: { product: 'kvm', inside: { owner: path, switches: [], machines: inside } },
    }),
  }
}

const lab: ResolvedLab = {
  name: 'l',
  site: 'sim',
  top: {
    owner: '',
    switches: [],
    machines: [
      machine('kvm-1', [machine('kvm-1/web'), machine('kvm-1/db')]),
      machine('kvm-2', [machine('kvm-2/web')]),
      machine('esxi-1', [machine('esxi-1/a+b')]),
    ],
  },
  pending: [],
}

const chosen = (...only: string[]) => [...selectMachines(lab, only)].sort()

test('without patterns every machine is chosen', () => {
  assert.equal(selectMachines(lab, undefined).size, 7)
  assert.equal(selectMachines(lab, []).size, 7)
})

test('a hypervisor brings everything inside it, a machine the hypervisors around it', () => {
  assert.deepEqual(chosen('kvm-*'), ['kvm-1', 'kvm-1/db', 'kvm-1/web', 'kvm-2', 'kvm-2/web'])
  assert.deepEqual(chosen('*/web'), ['kvm-1', 'kvm-1/web', 'kvm-2', 'kvm-2/web'])
  assert.deepEqual(chosen('**b'), [
    'esxi-1',
    'esxi-1/a+b',
    'kvm-1',
    'kvm-1/db',
    'kvm-1/web',
    'kvm-2',
    'kvm-2/web',
  ])
  assert.deepEqual(chosen('kvm-1/d?'), ['kvm-1', 'kvm-1/db'])
})

test('signs that mean something in regular expressions stand for themselves', () => {
  assert.deepEqual(chosen('esxi-1/a+b'), ['esxi-1', 'esxi-1/a+b'])
  assert.throws(() => chosen('kvm.1'), Failure)
  assert.throws(() => chosen('(kvm-1'), Failure)
})

test('a pattern that matches nothing is refused with the paths there are', () => {
  assert.throws(
    () => chosen('kvm-1', 'web'),
    (error) =>
      error instanceof Failure && error.exitCode === 2 && /--only web .*kvm-1\/web/.test(error.message),
  )
})

test('the narrowed lab holds what was chosen and nothing else', () => {
  const small = narrowed(lab, selectMachines(lab, ['kvm-1/db']))
  assert.deepEqual(
    small.top.machines.map((one) => [one.path, one.hypervisor?.inside.machines.map((inner) => inner.path)]),
    [['kvm-1', ['kvm-1/db']]],
  )
})
