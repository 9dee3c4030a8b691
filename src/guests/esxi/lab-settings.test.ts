import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadLab, machinesOf } from '#lab'
import { kickstartOf } from './kickstart.ts'
import { kickstartSettingsOf } from './lab-settings.ts'
import { passwordHash } from './settings.fixture.ts'

const text = `
nestlab: 1
name: nested
switches:
  out: { uplinks: [nat], portgroups: { lan: {} } }
machines:
  fixed:
    nics: [{ portgroup: lan, address: 10.7.0.11/24 }]
    hypervisor: { product: esxi, version: "7.0U3" }
  moving:
    nics: [{ portgroup: lan }]
    hypervisor: { product: esxi }
  kvm: { image: kvm-node, nics: [{ portgroup: lan }], hypervisor: { product: kvm } }
`

function settingsFor(name: string) {
  const { lab, problems } = loadLab(text, { file: 'a.lab.yaml' })
  assert.ok(lab, JSON.stringify(problems))
  const machine = [...machinesOf(lab.top)].find((one) => one.name === name)
  assert.ok(machine)
  return kickstartSettingsOf({ lab, machine, beside: { rootPasswordHash: passwordHash } })
}

test('a host with an address in the lab gets it, with the gateway and name server of the NAT it is behind', () => {
  const { network, ...others } = settingsFor('fixed')
  assert.deepEqual(network, {
    ...{ mode: 'static', ip: '10.7.0.11', prefixLength: 24 },
    ...{ gateway: '10.7.0.1', nameServers: ['10.7.0.254'] },
  })
  const wanted = {
    version: '7.0U3',
    hostname: 'fixed',
    markId: 'nested-fixed',
    rootPasswordHash: passwordHash,
  }
  assert.deepEqual(others, wanted)
  assert.match(kickstartOf(settingsFor('fixed')), /--ip=10\.7\.0\.11 --netmask=255\.255\.255\.0/)
})

test('a host without an address asks for one', () => {
  assert.deepEqual(settingsFor('moving').network, { mode: 'dhcp' })
  assert.match(kickstartOf(settingsFor('moving')), /--bootproto=dhcp/)
})

test('what is no ESXi gets no kickstart', () => {
  assert.throws(() => settingsFor('kvm'), { code: 'esxi-settings-refused' })
})
