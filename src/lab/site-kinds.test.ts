import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadLabObject } from './load.ts'

const esxi = {
  nics: [{ portgroup: 'main', model: 'e1000' }],
  hardware: { version: 13, cpuModel: 'Westmere' },
  disks: [{ size: '40GiB' }],
  bootDisk: '8GiB',
  hypervisor: {
    product: 'esxi',
    switches: { inner: { portgroups: { apps: {} } } },
    machines: { app: { image: 'tiny', nics: [{ portgroup: 'apps' }], disks: [{ size: '1GiB' }] } },
  },
}

const lab = {
  nestlab: 1,
  name: 'kinds',
  site: { kind: 'facts', hosts: { one: { product: 'esxi' } } },
  clusters: { compute: { members: ['esxi'] } },
  switches: { lan: { portgroups: { main: {} } } },
  machines: { esxi },
}

const sites = new Map([['lab-vcenter', 'vsphere' as const]])

function pendingOn(site: string | undefined): { site: string | undefined; keys: string[] } {
  const loaded = loadLabObject(lab, { file: '/kinds.lab.yaml', sites, ...(site !== undefined && { site }) })
  assert.deepEqual(loaded.problems, [])
  return { site: loaded.lab?.site, keys: loaded.lab?.pending.map(({ at }) => at) ?? [] }
}

test('a site that is asked for wins over the file, and decides which keys have an effect', () => {
  const onVsphere = pendingOn('lab-vcenter')
  assert.deepEqual(onVsphere, { site: 'lab-vcenter', keys: ['machines.esxi.hardware.cpuModel'] })
  const here = pendingOn(undefined)
  assert.equal(here.site, 'local')
  assert.deepEqual(here.keys.toSorted(), [
    'clusters.compute',
    'machines.esxi.bootDisk',
    'machines.esxi.disks',
    'machines.esxi.hardware',
    'machines.esxi.hypervisor.machines.app.disks',
    'machines.esxi.nics[0].model',
  ])
})

test('a site that nobody has added is refused by name, with those that there are', () => {
  const loaded = loadLabObject(lab, { file: '/kinds.lab.yaml', sites, site: 'elsewhere' })
  const pending = loaded.lab?.pending.find(({ at }) => at === 'site')
  assert.match(pending?.text ?? '', /local, sim, lab-vcenter/)
})

test('uplinks that switches of vSphere do not have are refused there, and work here', () => {
  const refusedOn = (site: string, uplinks: unknown) => {
    const switches = { lan: { uplinks, portgroups: { main: {} } } }
    const machines = { web: { image: 'tiny', nics: [{ portgroup: 'main' }] } }
    const whole = { nestlab: 1, name: 'kinds', switches, machines }
    const loaded = loadLabObject(whole, { file: '/kinds.lab.yaml', sites, site })
    assert.deepEqual(loaded.problems, [])
    return loaded.lab?.pending.map(({ at }) => at)
  }
  const tunnel = [{ tunnel: { name: 'far', dial: '192.0.2.1:4790' } }]
  assert.deepEqual(refusedOn('lab-vcenter', ['nat']), ['switches.lan.uplinks'])
  assert.deepEqual(refusedOn('lab-vcenter', tunnel), ['switches.lan.uplinks'])
  assert.deepEqual(refusedOn('lab-vcenter', ['vmnic1']), [])
  assert.deepEqual([refusedOn('local', ['nat']), refusedOn('local', tunnel)], [[], []])
})
