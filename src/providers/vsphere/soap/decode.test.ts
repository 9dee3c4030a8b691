import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeValue } from './decode.ts'
import type { VimValue } from './vim-value.ts'
import { readXml } from './xml.ts'

const instance = 'http://www.w3.org/2001/XMLSchema-instance'
const schema = 'http://www.w3.org/2001/XMLSchema'

/** As a real server writes it, or with other prefixes. */
function decoded(inner: string, declared: string, prefix = 'xsi'): VimValue {
  const text = inner.replaceAll('xsi:', `${prefix}:`)
  return decodeValue(
    readXml(`<val xmlns="urn:vim25" xmlns:${prefix}="${instance}" xmlns:xsd="${schema}">${text}</val>`),
    declared,
  )
}

/** The value of a property, where only `xsi:type` says what it is. */
function property(element: string, prefix = 'xsi'): VimValue {
  const text = element.replaceAll('xsi:', `${prefix}:`)
  const root = readXml(`<r xmlns="urn:vim25" xmlns:${prefix}="${instance}" xmlns:xsd="${schema}">${text}</r>`)
  const [value] = root.children
  assert.ok(value)
  return decodeValue(value, 'anyType')
}

describe('An answer', () => {
  it('has flags and numbers where the table says so, although the wire has only texts', () => {
    assert.deepEqual(
      decoded(
        '<numCPUs>2</numCPUs><memoryMB>8192</memoryMB><cpuHotAddEnabled>false</cpuHotAddEnabled><nestedHVEnabled>1</nestedHVEnabled><name>007</name>',
        'VirtualMachineConfigSpec',
      ),
      { numCPUs: 2, memoryMB: 8192, cpuHotAddEnabled: false, nestedHVEnabled: true, name: '007' },
    )
  })

  it('has a list where the table says so, also with one element', () => {
    assert.deepEqual(decoded('<pathSet>name</pathSet><type>Folder</type>', 'PropertySpec'), {
      pathSet: ['name'],
      type: 'Folder',
    })
  })

  it('has lists whose elements do not stand together', () => {
    assert.deepEqual(decoded('<pathSet>a</pathSet><all>true</all><pathSet>b</pathSet>', 'PropertySpec'), {
      pathSet: ['a', 'b'],
      all: true,
    })
  })

  it('has nothing for what is not there', () => {
    assert.deepEqual(decoded('', 'VirtualMachineConfigSpec'), {})
  })

  it('has references, also with the identity of the server that has the object', () => {
    assert.deepEqual(decoded('<obj type="Folder" serverGuid="0b1c">group-v3</obj>', 'ObjectContent'), {
      obj: { type: 'Folder', value: 'group-v3' },
    })
  })

  for (const prefix of ['xsi', 'XMLSchema-instance', 'i']) {
    it(`names the type that stands in place of the declared one, with the prefix ${prefix}`, () => {
      assert.deepEqual(
        decoded(
          '<device xsi:type="VirtualVmxnet3" type="no"><key>4000</key><backing xsi:type="VirtualEthernetCardNetworkBackingInfo"><deviceName>trunk</deviceName></backing><connectable><startConnected>true</startConnected></connectable></device>',
          'VirtualHardware',
          prefix,
        ),
        {
          device: [
            {
              $type: 'VirtualVmxnet3',
              key: 4000,
              backing: { $type: 'VirtualEthernetCardNetworkBackingInfo', deviceName: 'trunk' },
              connectable: { startConnected: true },
            },
          ],
        },
      )
    })
  }

  it('does not name the declared type again where a server repeats it', () => {
    assert.deepEqual(
      decoded(
        '<runtime xsi:type="VirtualMachineRuntimeInfo"><bootTime>t</bootTime></runtime>',
        'VirtualMachineSummary',
      ),
      { runtime: { bootTime: 't' } },
    )
  })

  for (const [element, value] of [
    ['<v xsi:type="xsd:string">007</v>', '007'],
    ['<v xsi:type="xsd:string"></v>', ''],
    ['<v xsi:type="xsd:int">-7</v>', -7],
    ['<v xsi:type="xsd:long">17179869184</v>', 17179869184],
    ['<v xsi:type="xsd:boolean">false</v>', false],
    ['<v xsi:type="xsd:double">1.5E3</v>', 1500],
    ['<v xsi:type="xsd:float">-INF</v>', Number.NEGATIVE_INFINITY],
    ['<v xsi:type="VirtualMachinePowerState">poweredOn</v>', 'poweredOn'],
    [
      '<v xsi:type="ManagedObjectReference" type="HostSystem">host-9</v>',
      { type: 'HostSystem', value: 'host-9' },
    ],
    ['<v xsi:type="ArrayOfString"><string>a</string></v>', ['a']],
    ['<v xsi:type="ArrayOfInt"><int>1</int><int>2</int></v>', [1, 2]],
    ['<v xsi:type="ArrayOfString"/>', []],
    [
      '<v xsi:type="ArrayOfManagedObjectReference"><ManagedObjectReference type="Datastore">ds-1</ManagedObjectReference></v>',
      [{ type: 'Datastore', value: 'ds-1' }],
    ],
    [
      '<v xsi:type="ArrayOfOptionValue"><OptionValue xsi:type="OptionValue"><key>k</key><value xsi:type="xsd:int">1</value></OptionValue></v>',
      [{ key: 'k', value: 1 }],
    ],
    [
      '<v xsi:type="ArrayOfVirtualDevice"><VirtualDevice xsi:type="VirtualDisk"><key>1</key></VirtualDevice></v>',
      [{ $type: 'VirtualDisk', key: 1 }],
    ],
    ['<v xsi:type="ArrayOfAnyType"><anyType xsi:type="xsd:int">1</anyType></v>', [1]],
    ['<v xsi:type="ArrayOfSomethingNew"><SomethingNew><a>1</a></SomethingNew></v>', [{ a: '1' }]],
    ['<v>plain</v>', 'plain'],
  ] as const) {
    it(`has what the type of the value says: ${element}`, () => {
      assert.deepEqual(property(element), value)
      assert.deepEqual(property(element, 'XMLSchema-instance'), value)
    })
  }

  it('keeps fields of servers newer than the table, as texts, and as lists where they are repeated', () => {
    assert.deepEqual(
      decoded(
        '<name>a</name><quantum><spin>up</spin></quantum><bit>0</bit><bit>1</bit><bit>0</bit>',
        'VirtualMachineConfigSpec',
      ),
      { name: 'a', quantum: { spin: 'up' }, bit: ['0', '1', '0'] },
    )
  })

  it('reads a type newer than the table as the declared one, and keeps its name', () => {
    assert.deepEqual(
      decoded(
        '<device xsi:type="VirtualQuantumCard"><key>7</key><spin>up</spin></device>',
        'VirtualHardware',
      ),
      { device: [{ $type: 'VirtualQuantumCard', key: 7, spin: 'up' }] },
    )
  })

  it('keeps an object of which nothing is known but its name', () => {
    assert.deepEqual(property('<v xsi:type="QuantumInfo"><a>1</a><b xsi:type="xsd:int">2</b></v>'), {
      $type: 'QuantumInfo',
      a: '1',
      b: 2,
    })
  })

  for (const [what, element, declared] of [
    ['a word', '<numCPUs>two</numCPUs>', 'VirtualMachineConfigSpec'],
    ['nothing', '<numCPUs/>', 'VirtualMachineConfigSpec'],
    ['a fraction', '<numCPUs>1.5</numCPUs>', 'VirtualMachineConfigSpec'],
    ['an infinity', '<numCPUs>INF</numCPUs>', 'VirtualMachineConfigSpec'],
  ] as const) {
    it(`is refused when a whole number is ${what}`, () => {
      assert.throws(() => decoded(element, declared), {
        code: 'vsphere-answer-unreadable',
        message: /numCPUs is no int/,
      })
    })
  }

  it('cannot reach what every object of JavaScript has', () => {
    const value = decoded(
      '<__proto__><polluted>yes</polluted></__proto__><constructor>a</constructor><constructor>b</constructor>',
      'VirtualMachineConfigSpec',
    )
    assert.equal(Object.getPrototypeOf(value), Object.prototype)
    assert.equal(({} as Record<string, unknown>).polluted, undefined)
    assert.deepEqual(Object.entries(value as object), [['constructor', ['a', 'b']]])
    assert.deepEqual(property('<v xsi:type="constructor"><a>1</a></v>'), { $type: 'constructor', a: '1' })
  })
})
