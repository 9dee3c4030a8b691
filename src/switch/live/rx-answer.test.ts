/** What QEMU says about a NIC is read with care: what is doubtful counts as hearing more, never less. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { macsInNetworkInfo, nicOf } from './rx-answer.ts'

const answer = {
  name: 'nic0',
  'main-mac': '52:54:00:AA:00:01',
  promiscuous: false,
  multicast: 'normal',
  'multicast-overflow': false,
  'multicast-table': ['33:33:00:00:00:01', '01:00:5E:00:00:01'],
}
const seen = { mac: '52:54:00:aa:00:01', promiscuous: false }

test('the groups a guest listens to are its table, in lower case and in order', () => {
  assert.deepEqual(nicOf(answer), { ...seen, multicast: ['01:00:5e:00:00:01', '33:33:00:00:00:01'] })
  assert.deepEqual(nicOf({ ...answer, 'multicast-table': [] }), { ...seen, multicast: [] })
  assert.deepEqual(nicOf({ ...answer, multicast: 'none' }), { ...seen, multicast: [] })
})

const hearsAll: readonly [said: string, change: object][] = [
  ['a guest that asked for all', { multicast: 'all' }],
  ['a table that has overflowed', { 'multicast-overflow': true }],
  ['an answer without a table', { 'multicast-table': undefined }],
  ['an answer without a mode', { multicast: undefined }],
]
for (const [said, change] of hearsAll) {
  test(`${said} hears every group`, () => {
    assert.deepEqual(nicOf({ ...answer, ...change }), { ...seen, multicast: 'all' })
  })
}

test('a promiscuous NIC whose table nobody has programmed hears every group', () => {
  const untouched = { ...answer, promiscuous: true, 'multicast-table': [] }
  assert.deepEqual(nicOf(untouched), { ...seen, promiscuous: true, multicast: 'all' })
})

test('an answer without a usable MAC is none', () => {
  for (const mac of [undefined, 7, '', '52:54:00', '52:54:00:aa:00:01:02', 'zz:54:00:aa:00:01'])
    assert.equal(nicOf({ ...answer, 'main-mac': mac }), undefined)
  assert.equal(nicOf(undefined), undefined)
})

test('what is no group MAC is left out of the table', () => {
  const odd = ['52:54:00:aa:00:01', 'nonsense', 7, '01:00:5e:00:00:fb']
  assert.deepEqual(nicOf({ ...answer, 'multicast-table': odd })?.multicast, ['01:00:5e:00:00:fb'])
})

test('the human monitor’s list of networks gives the MAC of each NIC by its id', () => {
  const text = [
    'hub 0',
    'nic0: index=0,type=nic,model=vmxnet3,macaddr=52:54:00:AA:00:01',
    ' \\ net-nic0: index=0,type=stream,unix:/run/nic0',
    'nic1: index=0,type=nic,model=e1000,macaddr=52:54:00:aa:00:02',
    'odd: index=0,type=nic,model=e1000,macaddr=52:54:00',
    'ctl0: index=0,type=user,net=10.0.2.0,macaddr=52:54:00:aa:00:03',
  ].join('\r\n')
  assert.deepEqual(
    [...macsInNetworkInfo(text)],
    [
      ['nic0', '52:54:00:aa:00:01'],
      ['nic1', '52:54:00:aa:00:02'],
    ],
  )
})
