/** The home lab of `examples/rick-mur.lab.yaml` on servers as strict as real ones: a vCenter, and one for each nested host. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { never } from './provider-bench.ts'
import { folderFor, labOn, nestedPassword, openSiteBench } from './site-bench.ts'
import { startStrict } from './strict-bench.ts'

const file = fileURLToPath(new URL('../../examples/rick-mur.lab.yaml', import.meta.url))
const quiet = { onEvent: () => {}, signal: never }
const thumbprint = Array.from({ length: 20 }, () => 'AB').join(':')
const nested = ['esxi-a-1', 'esxi-a-2', 'esxi-b-1', 'esxi-b-2']

for (const apiVersion of ['6.5', '6.7', '8.0.3.0']) {
  test(`a home lab comes up on a strict vCenter of API ${apiVersion} and inside its nested hosts, and goes`, async (t) => {
    const lab = labOn(readFileSync(file), { file })
    const addressOf = (name: string) =>
      lab.top.machines.find((machine) => machine.name === name)?.nics[0]?.address?.ip ?? ''
    const spareHosts = nested.map((name) => ({
      name: addressOf(name),
      user: 'root',
      password: nestedPassword,
      thumbprint,
    }))
    const inventory = { machinesPerHost: 1 }
    const center = { ...(await startStrict({ kind: 'vcenter', apiVersion, inventory, spareHosts })), pid: 0 }
    const hosts = await Promise.all(
      nested.map(async () => ({ ...(await startStrict({ kind: 'esxi', apiVersion: '5.5' })), pid: 0 })),
    )
    t.after(() => Promise.all([center, ...hosts].map((one) => one.close())))
    const reach = Object.fromEntries(nested.map((name, at) => [name, hosts[at]?.url.href ?? '']))
    const folder = await folderFor(t)
    const { engine } = await openSiteBench({
      vcsim: center,
      nested: hosts,
      folder,
      thumbprint,
      site: { reach },
    })

    const status = await engine.up(lab, quiet)
    const top = status.machines.filter(({ level }) => level === 1)
    assert.equal(top.length, 8)
    assert.ok(top.every(({ state }) => state === 'ready'))
    assert.ok(status.switches.filter(({ path }) => !path.startsWith('kvm')).every(({ alive }) => alive))
    assert.deepEqual((await engine.plan(lab, {}, never)).steps, [])

    const removed = await engine.down('rick-mur', quiet)
    assert.ok(['compute-a', 'esxi-b-2', 'vSwitch0'].every((name) => removed.includes(name)))
    const again = await engine.plan(lab, {}, never)
    assert.ok(again.steps.every(({ because }) => because === 'new in the lab file'))
  })
}
