import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { encodeCall } from './encode.ts'
import type { VimObject } from './vim-value.ts'

const folder = { type: 'Folder', value: 'group-v3' }
const pool = { type: 'ResourcePool', value: 'resgroup-8' }

const encoded = (method: string, parameters: VimObject, api = '8.0.3.0') =>
  encodeCall(method, folder, parameters, { api })

const setOption = (value: VimObject[string]) =>
  encoded('UpdateOptions', { changedValue: [{ key: 'k', value }] }).match(/<value.*<\/value>/)?.[0]

const impossible = (message: RegExp) => ({ code: 'vsphere-call-impossible', message })

describe('A call', () => {
  it('has its target, and its fields in the order of the server and not in that of the caller', () => {
    const config = {
      extraConfig: [{ value: 'TRUE', key: 'disk.EnableUUID' }],
      nestedHVEnabled: true,
      memoryMB: 8192,
      numCPUs: 2,
      files: { vmPathName: '[ds1]' },
      guestId: 'vmkernel7Guest',
      version: 'vmx-17',
      name: 'esxi & <1>',
    }
    assert.equal(
      encoded('CreateVM_Task', { pool, config }),
      '<CreateVM_Task xmlns="urn:vim25"><_this type="Folder">group-v3</_this><config>' +
        '<name>esxi &amp; &lt;1&gt;</name><version>vmx-17</version><guestId>vmkernel7Guest</guestId>' +
        '<files><vmPathName>[ds1]</vmPathName></files><numCPUs>2</numCPUs><memoryMB>8192</memoryMB>' +
        '<extraConfig><key>disk.EnableUUID</key><value xsi:type="xsd:string">TRUE</value></extraConfig>' +
        '<nestedHVEnabled>true</nestedHVEnabled></config><pool type="ResourcePool">resgroup-8</pool></CreateVM_Task>',
    )
  })

  it('names the type of a value that is not the declared one, with inherited fields first', () => {
    const backing = { $type: 'VirtualEthernetCardNetworkBackingInfo', deviceName: 'trunk' }
    const device = { $type: 'VirtualVmxnet3', addressType: 'generated', backing, key: -1 }
    assert.equal(
      encoded('ReconfigVM_Task', { spec: { deviceChange: [{ device, operation: 'add' }] } }).match(
        /<deviceChange>.*<\/deviceChange>/,
      )?.[0],
      '<deviceChange><operation>add</operation><device xsi:type="VirtualVmxnet3"><key>-1</key>' +
        '<backing xsi:type="VirtualEthernetCardNetworkBackingInfo"><deviceName>trunk</deviceName></backing>' +
        '<addressType>generated</addressType></device></deviceChange>',
    )
  })

  it('repeats the field of a list, and leaves an empty one out', () => {
    const call = (type: string[]) =>
      encoded('CreateContainerView', { container: folder, type, recursive: true }).replace(
        /^.*<\/container>/,
        '',
      )
    assert.equal(
      call(['A', 'B']),
      '<type>A</type><type>B</type><recursive>true</recursive></CreateContainerView>',
    )
    assert.equal(call([]), '<recursive>true</recursive></CreateContainerView>')
  })

  for (const [what, value, text] of [
    ['a text', 'a<b', '<value xsi:type="xsd:string">a&lt;b</value>'],
    ['a flag', false, '<value xsi:type="xsd:boolean">false</value>'],
    ['a whole number', 7, '<value xsi:type="xsd:int">7</value>'],
    ['a large number', 2 ** 31, '<value xsi:type="xsd:long">2147483648</value>'],
    ['a fraction', 0.5, '<value xsi:type="xsd:double">0.5</value>'],
    [
      'a number of a type that it must have',
      { $type: 'xsd:long', value: 7 },
      '<value xsi:type="xsd:long">7</value>',
    ],
    ['texts', ['a', 'b'], '<value xsi:type="ArrayOfString"><string>a</string><string>b</string></value>'],
    ['a reference', folder, '<value xsi:type="ManagedObjectReference" type="Folder">group-v3</value>'],
    [
      'an object',
      { $type: 'BoolPolicy', value: true, inherited: false },
      '<value xsi:type="BoolPolicy"><inherited>false</inherited><value>true</value></value>',
    ],
  ] as const) {
    it(`says what it is where anything may stand: ${what}`, () => {
      assert.equal(setOption(value), text)
    })
  }

  for (const [what, method, parameters, message] of [
    [
      'a method that nobody knows',
      'DestroyAll',
      {},
      /^DestroyAll cannot be sent: the table does not know it/,
    ],
    [
      'a field that nobody knows',
      'CreateFolder',
      { name: 'a', nmae: 'b' },
      /CreateFolder\.nmae .*no such field/,
    ],
    [
      'a field that nobody knows, deep inside',
      'ReconfigVM_Task',
      { spec: { files: { path: '' } } },
      /VirtualMachineFileInfo\.path .*no such field/,
    ],
    ['a field that is needed and absent', 'CreateFolder', {}, /CreateFolder\.name .*needed/],
    ['a text for a number', 'ReconfigVM_Task', { spec: { numCPUs: '2' } }, /numCPUs .*int, not a string/],
    ['a number for a flag', 'ReconfigVM_Task', { spec: { nestedHVEnabled: 1 } }, /nestedHVEnabled .*boolean/],
    [
      'a fraction for a whole number',
      'ReconfigVM_Task',
      { spec: { numCPUs: 1.5 } },
      /numCPUs .*fit into int/,
    ],
    ['a number that is none', 'ReconfigVM_Task', { spec: { memoryMB: Number.NaN } }, /memoryMB .*fit/],
    ['a number that is too large', 'ReconfigVM_Task', { spec: { numCPUs: 2 ** 31 } }, /numCPUs .*fit/],
    [
      'a number that is no longer exact',
      'ReconfigVM_Task',
      { spec: { memoryMB: 2 ** 53 } },
      /memoryMB .*fit/,
    ],
    ['one value for a list', 'ReconfigVM_Task', { spec: { extraConfig: 'a' } }, /extraConfig .*is a list/],
    ['a list for one value', 'CreateFolder', { name: ['a'] }, /CreateFolder\.name .*list cannot stand/],
    ['an object for a text', 'CreateFolder', { name: { a: 'b' } }, /string is no string/],
    ['a reference for a text', 'CreateFolder', { name: folder }, /string, not a reference/],
    [
      'a text for a reference',
      'CreateVM_Task',
      { config: {}, pool: 'pool' },
      /pool .*ManagedObjectReference, not a string/,
    ],
    [
      'a type that does not fit',
      'ReconfigVM_Task',
      { spec: { deviceChange: [{ device: { $type: 'OptionValue', key: 'a', value: 'b' } }] } },
      /device .*OptionValue is no VirtualDevice/,
    ],
    [
      'a type that nobody knows',
      'ReconfigVM_Task',
      { spec: { deviceChange: [{ device: { $type: 'constructor', key: 1 } }] } },
      /constructor is no VirtualDevice/,
    ],
  ] as const) {
    it(`is refused with ${what}`, () => {
      assert.throws(() => encoded(method, parameters as VimObject), impossible(message))
    })
  }

  it('never shows a value that it refuses', () => {
    const spec = { hostName: 'h', userName: 'root', password: 4711, force: true }
    assert.throws(
      () => encoded('AddStandaloneHost_Task', { spec, addConnected: true }),
      (error: Error) => /password/.test(error.message) && !error.message.includes('4711'),
    )
  })
})

describe('A call to a server that is too old', () => {
  const spec = { nestedHVEnabled: true, rebootPowerOff: true }
  const tooNew =
    /VirtualMachineConfigSpec\.rebootPowerOff .*needs API 8\.0\.0\.1, and the server has 7\.0\.3\.0/

  it('is refused by the name of the field that is too new', () => {
    assert.throws(() => encoded('ReconfigVM_Task', { spec }, '7.0.3.0'), impossible(tooNew))
    assert.match(encoded('ReconfigVM_Task', { spec }, '8.0.0.1'), /<rebootPowerOff>true</)
  })

  it('leaves out by name what the caller can do without, and nothing else', () => {
    const dropped: string[] = []
    const options = {
      api: '7.0.3.0',
      droppable: new Set(['VirtualMachineConfigSpec.rebootPowerOff']),
      onDropped: (field: string) => dropped.push(field),
    }
    assert.match(
      encodeCall('ReconfigVM_Task', folder, { spec }, options),
      /<spec><nestedHVEnabled>true<\/nestedHVEnabled><\/spec>/,
    )
    assert.deepEqual(dropped, ['VirtualMachineConfigSpec.rebootPowerOff'])
    const older = { ...options, api: '5.0' }
    assert.throws(
      () => encodeCall('ReconfigVM_Task', folder, { spec }, older),
      impossible(/nestedHVEnabled .*5\.1/),
    )
  })

  it('does not need what only newer servers need', () => {
    const required = { enabled: true, congestionThresholdMode: 'manual', congestionThreshold: 30 }
    const value = { $type: 'StorageIORMInfo', statsCollectionEnabled: false, ...required }
    const parameters = { changedValue: [{ key: 'k', value }] }
    assert.match(encoded('UpdateOptions', parameters, '5.5'), /<congestionThreshold>30</)
    assert.throws(
      () => encoded('UpdateOptions', parameters, '6.0'),
      impossible(/reservationEnabled .*needed/),
    )
  })

  it('is refused with a type that is too new', () => {
    const device = { $type: 'VirtualNVMEController', key: 1, busNumber: 0 }
    const parameters = { spec: { deviceChange: [{ device }] } }
    assert.throws(
      () => encoded('ReconfigVM_Task', parameters, '6.0'),
      impossible(/VirtualNVMEController needs API 6\.5/),
    )
    assert.match(encoded('ReconfigVM_Task', parameters, '6.5'), /xsi:type="VirtualNVMEController"/)
  })

  it('is refused with a method that is too new', () => {
    assert.throws(
      () => encoded('QueryConfigOptionEx', {}, '5.5'),
      impossible(/QueryConfigOptionEx .*API 6\.0/),
    )
  })
})
