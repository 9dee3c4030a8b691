/** What can go wrong with uplinks, in one table. */
import { failuresOf } from '#failure'

export const failUplink = failuresOf({
  'uplink-refused': {
    exit: 4,
    text: (d: { uplink: string; reason: string }) =>
      `The uplink ${d.uplink} could not be connected: ${d.reason}`,
    next: () => 'Run nestlab doctor to see what this machine can do.',
  },
  'uplink-port-taken': {
    exit: 3,
    text: (d: { protocol: string; ip: string; port: string }) =>
      `Port ${d.port}/${d.protocol} of ${d.ip || 'this machine'} cannot be listened on: it is taken, not an address of this machine, or below 1024, which takes root.`,
    next: () => 'Choose another port in the lab file, or end the program that holds it (ss -lntup shows it).',
  },
  'nic-unknown': {
    exit: 3,
    text: (d: { nic: string; there: readonly string[] }) =>
      `This machine has no NIC ${d.nic}; it has ${d.there.join(', ') || 'none'}.`,
    next: () => 'Name one of them as the uplink (ip link shows what they are).',
  },
  'nic-rights': {
    exit: 3,
    text: (d: { nic: string }) =>
      `To make ${d.nic} an uplink takes the right to change network devices (CAP_NET_ADMIN), which this user has not.`,
    next: (d: { nic: string }) =>
      `Run it as root: sudo -E nestlab up. Or, once, make a tap of your own and name it as the uplink: sudo ip tuntap add dev lab0 mode tap user $USER && sudo ip link set lab0 master BRIDGE up (BRIDGE being one that ${d.nic} is plugged into).`,
  },
  'nic-plugged': {
    exit: 3,
    text: (d: { nic: string; into: string }) => `${d.nic} is plugged into ${d.into} already.`,
    next: (d: { into: string }) => `If ${d.into} is a bridge, name it as the uplink instead.`,
  },
  'nic-in-use': {
    exit: 3,
    text: (d: { nic: string; reason: 'addresses' | 'kind' }) =>
      d.reason === 'addresses'
        ? `${d.nic} carries addresses or routes of this machine, which would lose its network.`
        : `${d.nic} cannot carry the frames of other machines: it is the loopback device or wireless.`,
    next: () =>
      'Name a NIC without addresses, or a bridge that this NIC is plugged into (the addresses belong to the bridge then); or use nat.',
  },
  'tunnel-name': {
    exit: 2,
    text: (d: { tunnel: string }) => `${JSON.stringify(d.tunnel)} cannot be the name of a tunnel.`,
    next: () =>
      'Use letters, digits, and inner dots, hyphens and underscores, beginning with a letter; at most 40.',
  },
  'tunnel-key-wrong': {
    exit: 1,
    text: (d: { tunnel: string; from: string }) =>
      `There is no whole key of the tunnel ${d.tunnel} in ${d.from}.`,
    next: (d: { tunnel: string }) =>
      `Export it again on the other machine (nestlab net key ${d.tunnel} --export), under the same name.`,
  },
  'tunnel-key-there': {
    exit: 1,
    text: (d: { tunnel: string; path: string }) =>
      `This machine has another key of the tunnel ${d.tunnel} already, in ${d.path}.`,
    next: () => 'Repeat with --again to replace it; the other machine then needs the new one too.',
  },
  'tunnel-key-missing': {
    exit: 3,
    text: (d: { tunnel: string }) => `There is no key for the tunnel ${d.tunnel} on this machine.`,
    next: (d: { tunnel: string }) =>
      `Make one with nestlab net key ${d.tunnel} on one of the two machines, and carry it to the other one: nestlab net key ${d.tunnel} --export there, --import - here.`,
  },
})
