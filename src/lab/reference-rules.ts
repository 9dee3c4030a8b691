/** The first part of the reference page: what holds for the whole file, with the numbers the code uses. */
import { wellKnownImages } from './images.ts'
import { limits } from './limits.ts'
import { labNames, machineNames, portgroupNames, switchNames } from './names.ts'
import { productNamed } from './products.ts'
import { defaultSecurity } from './resolve-policies.ts'
import { defaultMtu } from './resolve-switch.ts'
import { formatMiB } from './sizes.ts'

export function referenceRules(): string {
  return [intro, templates, names(), derived, policies(), images(), pending, refusals()].join('\n\n')
}

const intro = `# The lab file

<!-- Made by \`npm run generate\` from src/lab/; change it there. -->

A lab file is YAML 1.2 or JSON in UTF-8 (\`*.lab.yaml\`). A level has switches and machines; a machine that is a
hypervisor contains a level. Keys that are not listed here are refused. Every value that the file leaves open is
decided by Nestlab, and \`nestlab show --resolved\` shows the decision.

The same object may come from a module that says \`export const lab = defineLab({ … })\`; a module is only run when you
name it yourself on the command line.`

const templates = `## Templates and counts

\`extends: NAME\` gives a machine the keys of a template. Maps (\`hypervisor\`, its \`switches\` and \`machines\`,
\`portgroups\`, \`security\`) are merged key by key, so a machine may add to what it inherits. Everything else, lists
such as \`nics\` too, is replaced as a whole by what the machine says. Templates may extend others, not themselves.

\`count: 3\` on \`kvm\` makes \`kvm-1\`, \`kvm-2\` and \`kvm-3\`, each with everything inside it.`

const derived = `## MAC addresses, addresses and UUIDs

What the file does not say is derived from the names of the lab, the machine and the NIC by SHA-256, so the same file
gives the same values on every machine, and labs of different names do not meet.

- MACs begin with \`02\` (locally administered). Two NICs of a lab never get the same one.
- \`address: 10.0.10.0/24\` chooses an address of the network; the first one is left for a gateway. When the derived
  address is taken, the next free one is used, in the order of the file: machines added at the end change no other.
- \`address: 10.0.10.5/24\` is taken as it is. The same address twice is refused within one switch and VLAN, and among
  port groups of the same name and VLAN on switches with uplinks.
- Where a switch has the uplink \`nat\`, the first address of its network is the gateway (or the one that \`network\` names)
  and the last one answers for names; machines behind it whose addresses are in that network are told both.
- \`10.0.2.0/24\` belongs to the control NIC, over which Nestlab reaches every machine.`

const pending = `## Keys without an effect yet

All keys are read and judged by \`nestlab check\` and \`nestlab size\`. What \`nestlab up\` cannot put into effect on a site
is refused there, with the machines it concerns; nothing is left out silently.

| key | on \`local\` and \`sim\`, and inside KVM nodes | on a site of vSphere, and inside nested ESXi there |
|---|---|---|
| \`clusters\` of machines | of KVM nodes: \`ha\` for \`nestlab fail\`, \`drs\` for \`nestlab balance\`; others refused | made by a vCenter, with DRS, HA and EVC; vSAN up to 6.5, refused from 6.7 on |
| \`datastores\` for machines | refused | inside nested ESXi: \`local\` on an empty disk of each member, \`vmfs\` of one host, \`nfs\` served by a machine beside them; refused: \`iscsi\`, \`vmfs\` of several hosts |
| \`disks\`, \`bootDisk\` | refused | made; a disk inside goes to its \`datastore\`, else to the first that the host sees |
| \`hardware\` | refused | set, except \`configVersion\`, \`cpuModel\`, \`passthrough\`, \`dynamicMemory\`, \`processorCompatibility\`, \`automaticStop\` |
| \`model\` of NICs | refused | set, except \`virtio\` and \`sriov\` |
| \`clone\` | refused | the machine is a copy of one that the site has prepared |
| \`iso\` | refused | for machines inside a host: \`host-device\` in a drive of that host, \`datastore\` on a datastore inside |
| \`powerSchedule\` | refused | tasks of the vCenter; refused on a lone host |
| \`existing\` of switches | refused | at level 0 |
| \`version\` and \`hosts\` of switches, \`binding\` of port groups | declared only | set |
| \`role\`, \`manages\` | declared only | who serves datastores, and in which order machines start and stop |
| \`tools\` | declared only | whether a machine is waited for until its tools run |
| \`bootMedia\`, \`dns\` | refused | refused |
| \`nat\`, tunnels, several uplinks of one switch | at level 0; refused inside hypervisors | tunnels and \`nat\` refused |
| \`version\` of KVM | refused | refused |

Keys that only declare something, everywhere: \`os\`, \`logs\`, \`licence\`, \`use\`, \`snapshots\`, \`shared\` of
switches, and everything under \`site\`. A cluster or datastore of hosts that are facts of the site declares, too.
A site that nobody has added is refused: \`nestlab site add\` adds one.`

function names(): string {
  const rows = [labNames, machineNames, switchNames, portgroupNames].map(
    ({ what, maxLength, rule }) => `| ${what} | ${maxLength} | ${rule} |`,
  )
  return ['## Names', '', '| name of a | at most | rule |', '|---|---|---|', ...rows].join('\n')
}

function policies(): string {
  const rows = Object.entries(defaultSecurity).map(
    ([kind, { promiscuous, forgedTransmits, macChanges }]) =>
      `| ${kind} | ${promiscuous} | ${forgedTransmits} | ${macChanges} | ${defaultMtu} |`,
  )
  const head = [
    '| kind of switch | promiscuous | forgedTransmits | macChanges | mtu |',
    '|---|---|---|---|---|',
  ]
  const note =
    'From ESXi 7.0 on, a standard switch rejects all three; that counts where the file says which version of ESXi ' +
    'owns the switch. On a `hyperv` switch, `macSpoofing: true` accepts forged transmits and MAC changes and learns.'
  return ['## Defaults of switches', '', ...head, ...rows, '', note].join('\n')
}

function images(): string {
  const rows = wellKnownImages.map((image) => {
    const product = image.product === undefined ? '' : (productNamed(image.product)?.name ?? '')
    const from = image.supplied === 'built' ? '`nestlab image build`' : `you: ${image.needs}`
    return `| \`${image.name}\` | ${product} | ${image.cpus} | ${formatMiB(image.memoryMiB)} | ${from} |`
  })
  const head = ['| image | product | cpus | memory | comes from |', '|---|---|---|---|---|']
  return ['## Images and their defaults', '', ...head, ...rows].join('\n')
}

function refusals(): string {
  const many = (count: number) => count.toLocaleString('en')
  return `## Limits

A file has at most ${limits.fileBytes / 1024 / 1024} MiB, a lab ${many(limits.machines)} machines on ${limits.levels} levels. YAML anchors and aliases
may add ${many(limits.aliasValues)} values. Tags, directives, merge keys (\`<<\`), several documents and repeated keys are refused.
Sizes carry a unit (KiB, MiB, GiB, TiB). Files of images lie in the folder of the lab file; addresses of images begin
with \`https://\`. A lab file holds no secrets.`
}
