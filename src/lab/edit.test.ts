/** Edits change what they name and nothing else, in the style of the file. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { editLab } from './edit.ts'
import { forged, head, rows, switches, trunk } from './edit-rows.fixture.ts'
import type { EditValue } from './edit-text.ts'
import type { Path } from './problem.ts'

describe('an edit of a lab file', () => {
  for (const { name, before, path, value, after } of rows) {
    test(name, () => assert.equal(editLab(before, [{ path, value }]), after))
  }

  test('may be one of several', () => {
    const after = editLab(switches(' {}\n'), [
      { path: forged, value: 'accept' },
      { path: [...trunk, 'security', 'promiscuous'], value: 'accept' },
      { path: ['switches', 'v', 'mtu'], value: 9000 },
    ])
    assert.equal(
      after,
      `${switches(' { security: { forgedTransmits: accept, promiscuous: accept } }\n')}    mtu: 9000\n`,
    )
  })
})

const templated = `${head}switches: { v: { portgroups: { p: {} } } }
templates:
  host: # all of them
    image: kvm-node
    nics: [{ portgroup: p }]
    hypervisor:
      product: kvm
      switches:
        br0:
          portgroups:
            web: { vlan: 10 }
machines:
  one: { extends: host }
  two: { extends: host, hypervisor: { switches: { br0: { mtu: 1400 } } } }
`
const webVlan = ['hypervisor', 'switches', 'br0', 'portgroups', 'web', 'vlan']

const aliased = `${head}switches:
  v:
    portgroups:
      a: &shared
        vlan: 5
      b: *shared
`

describe('an edit is refused', () => {
  const refused: readonly (readonly [
    name: string,
    source: string,
    path: Path,
    value: EditValue,
    why: RegExp,
  ])[] = [
    [
      'where a template gives the value',
      templated,
      ['machines', 'one', ...webVlan],
      20,
      /template, `templates.host.hyp/,
    ],
    [
      'where the value is shared',
      aliased,
      ['switches', 'v', 'portgroups', 'a', 'vlan'],
      6,
      /by the alias `\*shared`/,
    ],
    [
      'where an alias stands',
      aliased,
      ['switches', 'v', 'portgroups', 'b', 'vlan'],
      6,
      /from the anchor `&shared`/,
    ],
    [
      'when the lab would not load',
      switches('\n        vlan: 5\n'),
      [...trunk, 'vlan'],
      5000,
      /not load any more: .*5000/,
    ],
    [
      'for a key that labs have not',
      switches('\n        vlan: 5\n'),
      [...trunk, 'vlans'],
      5,
      /not load any more/,
    ],
    ['for __proto__', switches('\n        vlan: 5\n'), [...trunk, '__proto__', 'x'], 5, /./],
    ['inside a plain value', switches('\n        vlan: 5\n'), [...trunk, 'vlan', 'id'], 5, /vlan` is no map/],
    [
      'behind the end of a list',
      `${head}switches: { v: { uplinks: [] } }`,
      ['switches', 'v', 'uplinks', 2],
      'e',
      /0 items/,
    ],
    ['for a whole block', switches('\n        vlan: 5\n'), trunk, { vlan: 6 }, /keys or items/],
    [
      'where comments would be lost',
      `${head}switches: { v: { uplinks: [ # none\n ] } }`,
      ['switches', 'v', 'uplinks'],
      ['e'],
      /comments/,
    ],
    ['in a block of text', `${head}purpose: |\n  text\n`, ['purpose'], 'other', /block of text/],
    ['in what is no YAML', 'a: [', ['a'], 5, /not valid YAML/],
    ['in an empty file', '', ['a'], 5, /no map of keys/],
    ['in a program', 'export const lab = defineLab({})\n', ['name'], 'b', /./],
    ['without a key', head, [], 5, /names no key/],
  ]
  for (const [name, source, path, value, why] of refused) {
    test(name, () =>
      assert.throws(
        () => editLab(source, [{ path, value }]),
        (error) =>
          error instanceof Error &&
          'code' in error &&
          error.code === 'lab-edit-refused' &&
          why.test(error.message),
      ),
    )
  }

  test('unless it is told to edit the template', () => {
    const after = editLab(templated, [{ path: ['machines', 'one', ...webVlan], value: 20 }], {
      templates: true,
    })
    assert.equal(after, templated.replace('vlan: 10', 'vlan: 20'))
  })

  test('not where the machine says it itself', () => {
    const path = ['machines', 'two', 'hypervisor', 'switches', 'br0', 'mtu']
    assert.equal(editLab(templated, [{ path, value: 1300 }]), templated.replace('1400', '1300'))
  })
})
