import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadLab } from './load.ts'
import { machinesOf, type NatUplink, type ResolvedLab } from './model.ts'
import { gatewayOf, nameServerOf } from './nat.ts'
import { resolvedYaml } from './resolved-yaml.ts'

function load(text: string): ResolvedLab {
  const { lab, problems } = loadLab(`nestlab: 1\nname: lab\n${text}`, { file: 'x.lab.yaml' })
  assert.ok(lab, JSON.stringify(problems))
  return lab
}

const nested = `
switches:
  s:
    uplinks:
      - nat: { vlan: 10, forward: [{ host: 8080, to: "kvm/web:80" }, { host: "0.0.0.0:53", to: "10.0.10.9:53", protocol: udp }] }
      - nat
    portgroups: { trunk: { vlan: "10,30" }, plain: {}, ten: { vlan: 10 } }
  lonely: { portgroups: { alone: {} } }
machines:
  near: { image: tiny, nics: [{ portgroup: alone, address: 10.0.30.0/24 }, { portgroup: plain, address: 10.0.20.0/24 }] }
  kvm:
    image: kvm-node
    nics: [{ portgroup: trunk }, { portgroup: ten }]
    hypervisor:
      switches:
        br0: { uplinks: [nic0], portgroups: { web: { vlan: 10 }, thirty: { vlan: 30 }, forty: { vlan: 40 } } }
        br1: { uplinks: [nic1], portgroups: { untagged: {} } }
      machines:
        web: { image: tiny, nics: [{ portgroup: web, address: 10.0.10.0/24 }, { portgroup: untagged, address: 10.0.10.0/24 }] }
        out: { image: tiny, nics: [{ portgroup: thirty, address: 10.0.10.0/24 }, { portgroup: forty, address: 10.0.10.0/24 }] }
`

test('a machine at any level learns the gateway of the NAT that its frames come to, and no other', () => {
  const lab = load(nested)
  const found = [...machinesOf(lab.top)].flatMap(({ path, nics }) =>
    nics.map((nic) => [`${path} ${nic.name}`, gatewayOf(lab, path, nic)?.ip]),
  )
  assert.deepEqual(Object.fromEntries(found), {
    'near nic0': undefined,
    'near nic1': '10.0.20.1',
    'kvm nic0': undefined,
    'kvm nic1': undefined,
    'kvm/web nic0': '10.0.10.1',
    'kvm/web nic1': '10.0.10.1',
    'kvm/out nic0': undefined,
    'kvm/out nic1': undefined,
  })
})

function natsOf(lab: ResolvedLab): readonly NatUplink[] {
  return lab.top.switches.flatMap(({ uplinks }) => uplinks.filter((uplink) => uplink.kind === 'nat'))
}

test('a forwarded port leads to the address that the machine got, and to loopback unless the file says more', () => {
  const lab = load(nested)
  const web = [...machinesOf(lab.top)].find(({ path }) => path === 'kvm/web')
  assert.deepEqual(natsOf(lab)[0]?.forwards, [
    {
      protocol: 'tcp',
      hostIp: '127.0.0.1',
      hostPort: 8080,
      guestIp: web?.nics[0]?.address?.ip,
      guestPort: 80,
    },
    { protocol: 'udp', hostIp: '0.0.0.0', hostPort: 53, guestIp: '10.0.10.9', guestPort: 53 },
  ])
})

test('a lab written out in full means the same, uplinks included', () => {
  const tunnels = `
switches:
  s: { uplinks: [eth1, { tunnel: { name: one, listen: "0.0.0.0:4790" } }, { tunnel: { name: two, dial: "b.example:4790" } }] }
machines: {}
`
  for (const text of [nested, tunnels]) {
    const lab = load(text)
    const again = loadLab(resolvedYaml(lab), { file: 'y.lab.yaml' })
    assert.deepEqual(again.lab, lab, JSON.stringify(again.problems))
  }
})

test('no machine gets the address of the gateway or of the name server', () => {
  const many = 'm: { image: tiny, count: 4, nics: [{ portgroup: p, address: 10.0.0.0/29 }] }'
  const lab = load(`switches: { s: { uplinks: [nat], portgroups: { p: {} } } }\nmachines: { ${many} }\n`)
  const ips = [...machinesOf(lab.top)].map(({ nics }) => nics[0]?.address?.ip).sort()
  assert.deepEqual(ips, ['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5'])
  assert.deepEqual(natsOf(lab)[0]?.gateway, { ip: '10.0.0.1', prefixLength: 29 })
})

test('the name server has the last address of the network that is not the gateway’s', () => {
  assert.equal(nameServerOf({ ip: '10.0.10.1', prefixLength: 24 }), '10.0.10.254')
  assert.equal(nameServerOf({ ip: '10.0.10.254', prefixLength: 24 }), '10.0.10.253')
  assert.equal(nameServerOf({ ip: '192.168.255.129', prefixLength: 25 }), '192.168.255.254')
})
