/** How long a trace takes on large labs, and whether it grows with them: `node bench/trace.ts`. CPU time, best of several. */
import { loadLab, type ResolvedLab } from '#lab'
import { reachability, trace } from '#trace'

const trunk = '{ vlan: 4095, security: { promiscuous: accept, forgedTransmits: accept } }'

/** All VMs in one VLAN, so that every question is heard by all of them. */
function labOf(hypervisors: number, vms: number): ResolvedLab {
  const { lab } = loadLab(
    `nestlab: 1
name: large
switches: { vSwitch0: { portgroups: { trunk: ${trunk} } } }
machines:
  kvm:
    count: ${hypervisors}
    image: kvm-node
    nics: [{ portgroup: trunk }]
    hypervisor:
      product: kvm
      switches: { br0: { uplinks: [nic0], portgroups: { web: { vlan: 10 } } } }
      machines: { vm: { count: ${vms}, image: tiny, nics: [{ portgroup: web, address: 10.0.0.0/16 }] } }
`,
    { file: 'large.lab.yaml' },
  )
  if (!lab) throw new Error('the lab of the benchmark is wrong')
  return lab
}

function cpuMs(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

function best(times: number, work: () => void): number {
  return Math.min(...Array.from({ length: times }, () => cpuMs(work)))
}

const ping = { from: 'kvm-1/vm-1', to: 'kvm-9/vm-9', what: { kind: 'icmp' } } as const
const rows = [
  [20, 50],
  [50, 50],
  [100, 50],
  [200, 50],
] as const

console.log('VMs     first trace  each further one  for each 1,000 VMs')
for (const [hypervisors, vms] of rows) {
  const lab = labOf(hypervisors, vms)
  const first = cpuMs(() => void trace(lab, ping))
  const further = best(30, () => void trace(lab, ping))
  const count = hypervisors * vms
  const cells = [
    String(count).padEnd(8),
    `${first.toFixed(1)} ms`.padEnd(13),
    `${further.toFixed(2)} ms`.padEnd(18),
  ]
  console.log(`${cells.join('')}${((further / count) * 1000).toFixed(2)} ms`)
}

const thousand = labOf(20, 50)
console.log(`\nwho reaches whom among 1,000 VMs: ${cpuMs(() => void reachability(thousand)).toFixed(0)} ms`)
