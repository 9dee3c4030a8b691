/** Lab files before and after one edit, in every style that people write them in. */
import type { EditValue } from './edit-text.ts'
import type { Path } from './problem.ts'

export const head = 'nestlab: 1\nname: a\n'
export const trunk: Path = ['switches', 'v', 'portgroups', 'trunk']
export const forged: Path = [...trunk, 'security', 'forgedTransmits']

export interface Row {
  readonly name: string
  readonly before: string
  readonly path: Path
  readonly value: EditValue
  readonly after: string
}

export const switches = (trunkText: string) =>
  `${head}switches:\n  v:\n    portgroups:\n      trunk:${trunkText}`

export const rows: readonly Row[] = [
  {
    name: 'a value keeps the comment behind it',
    before: switches('\n        vlan:  4095   # every VLAN\n'),
    path: [...trunk, 'vlan'],
    value: 10,
    after: switches('\n        vlan:  10   # every VLAN\n'),
  },
  {
    name: 'a value in braces is changed in its place',
    before: switches(' { security: { promiscuous: reject , forgedTransmits: "reject"}, vlan: 5 } # c\n'),
    path: forged,
    value: 'accept',
    after: switches(' { security: { promiscuous: reject , forgedTransmits: "accept"}, vlan: 5 } # c\n'),
  },
  {
    name: 'single quotes stay single quotes',
    before: switches("\n        vlan: '10-20'\n"),
    path: [...trunk, 'vlan'],
    value: '10-20,30',
    after: switches("\n        vlan: '10-20,30'\n"),
  },
  {
    name: 'a list of VLANs is quoted where none was before',
    before: switches('\n        vlan: 10-20\n'),
    path: [...trunk, 'vlan'],
    value: '10-20,30',
    after: switches('\n        vlan: "10-20,30"\n'),
  },
  {
    name: 'a missing key goes below the last one of its block',
    before: switches(
      '\n        security: # of nested VMs\n          promiscuous: accept # back\n        vlan: 5\n',
    ),
    path: forged,
    value: 'accept',
    after: switches(
      '\n        security: # of nested VMs\n          promiscuous: accept # back\n          forgedTransmits: accept\n        vlan: 5\n',
    ),
  },
  {
    name: 'missing maps are made around it',
    before: switches('\n        vlan: 5\n\n# the machines\nmachines: {}\n'),
    path: forged,
    value: 'accept',
    after: switches(
      '\n        vlan: 5\n        security:\n          forgedTransmits: accept\n\n# the machines\nmachines: {}\n',
    ),
  },
  {
    name: 'a missing map is in braces where its neighbours are',
    before: switches('\n        macLearning: { enabled: true }\n'),
    path: forged,
    value: 'accept',
    after: switches(
      '\n        macLearning: { enabled: true }\n        security: { forgedTransmits: accept }\n',
    ),
  },
  {
    name: 'braces without blanks stay without',
    before: switches(' {vlan: 5}\n'),
    path: forged,
    value: 'accept',
    after: switches(' {vlan: 5, security: {forgedTransmits: accept}}\n'),
  },
  {
    name: 'empty braces are filled',
    before: switches(' {} # nothing yet\n'),
    path: [...trunk, 'vlan'],
    value: 4095,
    after: switches(' { vlan: 4095 } # nothing yet\n'),
  },
  {
    name: 'a key without a value gets a block',
    before: switches(' # nothing yet\n      other: {}\n'),
    path: [...trunk, 'vlan'],
    value: 4095,
    after: switches(' # nothing yet\n        vlan: 4095\n      other: {}\n'),
  },
  {
    name: 'a key without a value in braces gets braces',
    before: `${head}switches: { v: { portgroups: { trunk: , other } } }\n`,
    path: [...trunk, 'vlan'],
    value: 4095,
    after: `${head}switches: { v: { portgroups: { trunk: { vlan: 4095 } , other } } }\n`,
  },
  {
    name: 'a word in braces becomes a key',
    before: `${head}switches: { v: { portgroups: { trunk } } }\n`,
    path: [...trunk, 'vlan'],
    value: 4095,
    after: `${head}switches: { v: { portgroups: { trunk: { vlan: 4095 } } } }\n`,
  },
  {
    name: 'null becomes a map',
    before: switches(' ~ # c\n'),
    path: [...trunk, 'vlan'],
    value: 4095,
    after: switches(' { vlan: 4095 } # c\n'),
  },
  {
    name: 'a file without a line feed at its end gets none',
    before: switches('\n        vlan: 5'),
    path: forged,
    value: 'accept',
    after: switches('\n        vlan: 5\n        security:\n          forgedTransmits: accept'),
  },
  {
    name: 'lines that end with carriage returns keep them',
    before: switches('\n        vlan: 5 # c\nmachines: {}\n').replaceAll('\n', '\r\n'),
    path: forged,
    value: 'accept',
    after: switches(
      '\n        vlan: 5 # c\n        security:\n          forgedTransmits: accept\nmachines: {}\n',
    ).replaceAll('\n', '\r\n'),
  },
  {
    name: 'wide indentation stays wide',
    before: `${head}switches:\n    v:\n        portgroups:\n            trunk:\n                vlan: 5\n`,
    path: forged,
    value: 'accept',
    after: `${head}switches:\n    v:\n        portgroups:\n            trunk:\n                vlan: 5\n                security:\n                    forgedTransmits: accept\n`,
  },
  {
    name: 'an item is added to a list in brackets',
    before: `${head}switches:\n  v: { uplinks: [ eth0 ] }\n`,
    path: ['switches', 'v', 'uplinks', 1],
    value: 'eth1',
    after: `${head}switches:\n  v: { uplinks: [ eth0, eth1 ] }\n`,
  },
  {
    name: 'an empty list gets its first item',
    before: `${head}switches:\n  v:\n    uplinks: [] # isolated\n`,
    path: ['switches', 'v', 'uplinks', 0],
    value: 'eth1',
    after: `${head}switches:\n  v:\n    uplinks: [eth1] # isolated\n`,
  },
  {
    name: 'an item is added below the last one of a list',
    before: `${head}switches:\n  v:\n    uplinks:\n      - eth0 # first\n    mtu: 1500\n`,
    path: ['switches', 'v', 'uplinks', 1],
    value: 'eth1',
    after: `${head}switches:\n  v:\n    uplinks:\n      - eth0 # first\n      - eth1\n    mtu: 1500\n`,
  },
  {
    name: 'a whole list in brackets is replaced',
    before: `${head}switches:\n  v:\n    uplinks: [eth0, eth2] # c\n`,
    path: ['switches', 'v', 'uplinks'],
    value: ['eth1'],
    after: `${head}switches:\n  v:\n    uplinks: [eth1] # c\n`,
  },
  {
    name: 'a key is added to a map that stands behind a dash',
    before: `${head}switches: { v: { portgroups: { p: {} } } }\nmachines:\n  m:\n    image: tiny\n    nics:\n      - portgroup: p\n      - portgroup: p # second\n`,
    path: ['machines', 'm', 'nics', 0, 'address'],
    value: '10.0.0.1/24',
    after: `${head}switches: { v: { portgroups: { p: {} } } }\nmachines:\n  m:\n    image: tiny\n    nics:\n      - portgroup: p\n        address: 10.0.0.1/24\n      - portgroup: p # second\n`,
  },
  {
    name: 'a key is added after a block of text',
    before: `${head}purpose: |\n  several\n  lines\n`,
    path: ['switches', 'v', 'mtu'],
    value: 9000,
    after: `${head}purpose: |\n  several\n  lines\nswitches:\n  v:\n    mtu: 9000\n`,
  },
  {
    name: 'braces over several lines get a line more',
    before: `${head}switches:\n  v: {\n    kind: standard, # usual\n    mtu: 1500 # small\n  }\n`,
    path: ['switches', 'v', 'uplinks'],
    value: ['eth0'],
    after: `${head}switches:\n  v: {\n    kind: standard, # usual\n    mtu: 1500, # small\n    uplinks: [eth0]\n  }\n`,
  },
  {
    name: 'a comma at the end of braces is followed by one at the end',
    before: `${head}switches:\n  v: {\n    kind: standard,\n    mtu: 1500, # a, b\n  }\n`,
    path: ['switches', 'v', 'uplinks'],
    value: ['eth0'],
    after: `${head}switches:\n  v: {\n    kind: standard,\n    mtu: 1500, # a, b\n    uplinks: [eth0],\n  }\n`,
  },
  {
    name: 'a comma at the end of one line is used',
    before: `${head}switches: { v: { mtu: 1500, } }\n`,
    path: ['switches', 'v', 'uplinks'],
    value: ['eth0'],
    after: `${head}switches: { v: { mtu: 1500, uplinks: [eth0] } }\n`,
  },
  {
    name: 'JSON stays JSON',
    before: '{"nestlab": 1, "name": "a", "switches": {"v": {"portgroups": {"trunk": {}}}}}',
    path: forged,
    value: 'accept',
    after:
      '{"nestlab": 1, "name": "a", "switches": {"v": {"portgroups": {"trunk": {"security": {"forgedTransmits": "accept"}}}}}}',
  },
  {
    name: 'JSON over several lines stays JSON',
    before:
      '{\n  "nestlab": 1,\n  "name": "a",\n  "switches": {\n    "v": {\n      "mtu": 1500\n    }\n  }\n}\n',
    path: ['switches', 'v', 'kind'],
    value: 'distributed',
    after:
      '{\n  "nestlab": 1,\n  "name": "a",\n  "switches": {\n    "v": {\n      "mtu": 1500,\n      "kind": "distributed"\n    }\n  }\n}\n',
  },
  {
    name: 'a comment of its own line below the last key stays below',
    before: switches('\n        vlan: 5\n        # vlan: 6\n      other: {}\n'),
    path: forged,
    value: 'accept',
    after: switches(
      '\n        vlan: 5\n        security:\n          forgedTransmits: accept\n        # vlan: 6\n      other: {}\n',
    ),
  },
  {
    name: 'a mark at the end of the document stays at the end',
    before: `---\n${head}...\n`,
    path: ['switches', 'v', 'mtu'],
    value: 9000,
    after: `---\n${head}switches:\n  v:\n    mtu: 9000\n...\n`,
  },
  {
    name: 'a value that is already so changes nothing',
    before: switches('\n        vlan: 0x5\n'),
    path: [...trunk, 'vlan'],
    value: 5,
    after: switches('\n        vlan: 0x5\n'),
  },
  {
    name: 'an anchor that nobody uses does no harm',
    before: switches('\n        vlan: &v 5 # c\n'),
    path: [...trunk, 'vlan'],
    value: 6,
    after: switches('\n        vlan: &v 6 # c\n'),
  },
]
