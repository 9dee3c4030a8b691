import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostsText, labOf } from './labs.fixture.ts'
import { sizeLab } from './size-lab.ts'

const nested = (count: number, more = '') =>
  `machines: { esxi: { count: ${count}, cpus: 2, hypervisor: { product: esxi }${more} } }\n`
const need = (text: string, year: number, seats = 1) => sizeLab(labOf(text), { year, seats }).licences.vsphere

test('a nested ESXi is counted by the sockets it seems to have, at least 16 cores each since 2024', () => {
  assert.deepEqual([need(nested(1), 2026)?.count, need(nested(1), 2026)?.unit], [32, 'core'])
  const oneSocket = nested(1, ', hardware: { coresPerSocket: 2 }')
  assert.equal(need(oneSocket, 2026)?.count, 16)
})

test('an order below 72 cores is refused, one above is not', () => {
  assert.equal(need(nested(2), 2026)?.minimumOrder, 72)
  const three = need(nested(3), 2026)
  assert.deepEqual([three?.count, three?.minimumOrder], [96, undefined])
})

test('before 2024 the CPU was licensed, and of more than 32 cores twice since 2020', () => {
  const big = `${hostsText(['a'], 'product: esxi, cpu: { sockets: 2, cores: 80 }')}machines: { vm: { image: tiny } }\n`
  assert.deepEqual(
    [2019, 2022, 2026].map((year) => need(big, year)?.count),
    [2, 4, 80],
  )
})

test('physical and nested hosts count alike, each seat anew, and a witness not at all', () => {
  const host = hostsText(['a'], 'product: esxi, cpu: { cores: 8 }')
  assert.equal(need(host + nested(1), 2026)?.count, 16 + 32)
  assert.equal(need(host + nested(1), 2026, 10)?.count, 16 + 320)
  assert.equal(need(nested(1, ', role: vsan-witness'), 2026), undefined)
})

test('what runs as an evaluation is counted, and not bought', () => {
  const { instances, vsphere } = sizeLab(labOf(nested(2, ', licence: { kind: evaluation }'))).licences
  assert.equal(vsphere, undefined)
  assert.deepEqual(instances, [{ product: 'esxi', physical: 0, nested: 2, unpaid: 2, evaluationDays: 60 }])
})

test('a host that does not tell its cores is named instead of counted', () => {
  const { unknownHosts, vsphere } = sizeLab(
    labOf(`${hostsText(['a'], 'product: esxi')}machines: { vm: { image: tiny } }\n`),
  ).licences
  assert.deepEqual([unknownHosts, vsphere], [['a'], undefined])
})

test('the year is that of the facts unless one is asked for', () => {
  assert.equal(
    sizeLab(labOf(nested(1))).licences.year,
    sizeLab(labOf(nested(1)), { year: 2026 }).licences.year,
  )
  assert.equal(sizeLab(labOf(nested(1)), { year: 2010 }).licences.vsphere?.unit, 'cpu')
})
