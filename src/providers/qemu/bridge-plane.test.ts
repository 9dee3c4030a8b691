import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLocalHost } from '#host'
import type { LabSwitch, Machine, Nic } from '#lab'
import { levelPaths } from '#store'
import { openBridgePlane } from './bridge-plane.ts'
import { readPortCounters, statsScript } from './bridge-stats.ts'
import { insideNames } from './device-names.ts'
import { recordOf } from './record.ts'

const security = { promiscuous: 'reject', forgedTransmits: 'reject', macChanges: 'reject' } as const
const br0: LabSwitch = {
  name: 'br0',
  kind: 'standard',
  mtu: 1500,
  uplinks: [],
  portgroups: [{ name: 'web', vlan: { mode: 'access', id: 10 }, security }],
}
const nic = (name: string, portgroup: string): Nic => ({
  name,
  switchName: 'br0',
  portgroup,
  mac: '52:54:00:00:00:01',
})
const machine: Machine = {
  path: 'kvm-1/web',
  name: 'web',
  level: 2,
  uuid: '6ba7b810-9dad-51d1-80b4-00c04fd430c8',
  image: { from: 'catalogue', name: 'tiny' },
  cpus: 1,
  memoryMiB: 96,
  nics: [nic('nic0', 'web'), nic('nic1', 'gone')],
}
const boot = { disks: [], settings: '' }
const record = recordOf({ machine, boot, digest: 'd' })
const level = levelPaths({ state: '/none', run: '/none' }, 'inner')
const plane = openBridgePlane({ host: openLocalHost(), level })

test('a tap has the name of its machine and NIC where Linux takes it, otherwise a hash of the same length', () => {
  assert.equal(insideNames.tap('web', 'nic0'), 'web-nic0')
  const long = ['a-rather-long-name', 'a-rather-long-nam', 'dotted.name'].map((name) =>
    insideNames.tap(name, 'nic0'),
  )
  assert.equal(new Set(long).size, long.length)
  for (const name of long) assert.match(name, /^tap\.[0-9a-f]{11}$/)
})

test('a NIC whose port group is not there gets a tap without a cable', async () => {
  const script = plane.plugScript(record, { switches: [br0], machines: [record] })
  assert.match(script, /ip tuntap add dev web-nic0 mode tap/)
  assert.match(script, /ip tuntap add dev web-nic1 mode tap/)
  assert.match(script, /master br-br0/)
  assert.doesNotMatch(script, /dev web-nic1 .*master/)
  const { code, stderr } = await openLocalHost().run(['sh', '-n'], { stdin: script })
  assert.deepEqual([code, stderr], [0, ''])
})

test('one transaction tells every port of the switch about a new one, and of one that goes', () => {
  const other = {
    ...machine,
    name: 'app',
    path: 'kvm-1/app',
    nics: [{ ...nic('nic0', 'web'), mac: '52:54:00:00:00:02' }],
  }
  const wiring = { switches: [br0], machines: [record, recordOf({ machine: other, boot, digest: 'd' })] }
  const plugged = plane.plugScript(record, wiring)
  assert.match(plugged, /addresses \{ 52:54:00:00:00:02, 52:54:00:00:00:01 \}/)
  assert.match(plugged, /set dev web-nic0 .*master br-br0/)
  assert.doesNotMatch(plugged, /set dev app-nic0 /)
  const gone = plane.unplugScript(record, wiring)
  assert.match(gone, /addresses \{ 52:54:00:00:00:02 \}/)
  assert.match(gone, /delete chain bridge br-br0 from_web-nic0/)
})

test('removing a machine removes its taps even when its switch has gone', () => {
  const script = plane.unplugScript(record, { switches: [], machines: [record] })
  assert.match(script, /ip link del dev web-nic0/)
  assert.match(script, /ip link del dev web-nic1/)
})

test('counters of taps and of nftables become rows of ports with drops by reason', () => {
  const text = `tap web-nic0 1 70 80 0 7000 8000
tap web-nic1 0 0 0 3 0 0
table bridge br-br0 {
	counter drop_web-nic0_VLAN_TAGGED_ON_ACCESS {
		packets 0 bytes 0
	}
	counter drop_web-nic0_FORGED_TRANSMIT {
		packets 5 bytes 300
	}
	counter drop_other-web-nic0_FORGED_TRANSMIT {
		packets 9 bytes 540
	}
}
`
  const ports = machine.nics.map((each) => ({
    machine: 'web',
    nic: each,
    tap: insideNames.tap('web', each.name),
  }))
  const common = { switchName: 'br0' }
  assert.deepEqual(readPortCounters(ports, text), [
    {
      ...common,
      portgroup: 'web',
      port: 'web:nic0',
      connected: true,
      received: 70,
      sent: 80,
      receivedBytes: 7000,
      sentBytes: 8000,
      dropped: { FORGED_TRANSMIT: 5 },
    },
    {
      ...common,
      portgroup: 'gone',
      port: 'web:nic1',
      connected: false,
      received: 0,
      sent: 0,
      receivedBytes: 0,
      sentBytes: 0,
      dropped: { TX_QUEUE_FULL: 3 },
    },
  ])
})

test('the counters of a device that is really there are read', async () => {
  const { stdout } = await openLocalHost().run(['sh', '-s'], {
    stdin: `set -eu\n${statsScript(['lo', 'missing'])}`,
  })
  assert.match(stdout, /^tap lo [01]( \d+){5}$/m)
  assert.doesNotMatch(stdout, /missing/)
})
