/** The lab file that `nestlab init` writes. */

export function starterLab(name: string): string {
  return `# A lab of hypervisors inside hypervisors. Check it with: nestlab check
nestlab: 1
name: ${name}

# Level 0: the switch that this machine provides.
switches:
  vSwitch0:
    kind: standard
    portgroups:
      management: {}
      # Carries every VLAN between the hypervisors. A hypervisor sends for the machines inside it, under their
      # addresses: without forgedTransmits and promiscuous they could not reach each other.
      trunk:
        vlan: 4095
        security: { promiscuous: accept, forgedTransmits: accept }

machines:
  # Level 1: two hypervisors, kvm-1 and kvm-2.
  kvm:
    count: 2
    image: kvm-node
    cpus: 1
    memory: 512MiB
    nics: [{ portgroup: management }, { portgroup: trunk }]
    hypervisor:
      product: kvm
      switches:
        br0: { uplinks: [nic1], portgroups: { web: { vlan: 10 } } }
      machines:
        # Level 2: kvm-1/web and kvm-2/web, in one network across both hypervisors.
        web:
          image: tiny
          cpus: 1
          memory: 96MiB
          nics: [{ portgroup: web, address: 10.0.10.0/24 }]
`
}
