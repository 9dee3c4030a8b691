import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeValue } from './decode.ts'
import { failureOf, localizedFault, readFault } from './faults.ts'
import { readXml } from './xml.ts'

const instance = 'http://www.w3.org/2001/XMLSchema-instance'

function fault(type: string, inside = '', message = 'The server says so.') {
  const detail = `<detail><${type}Fault xmlns="urn:vim25" xsi:type="${type}">${inside}</${type}Fault></detail>`
  return readFault(
    readXml(
      `<Fault xmlns:xsi="${instance}"><faultcode>ServerFaultCode</faultcode><faultstring>${message}</faultstring>${detail}</Fault>`,
    ),
  )
}

describe('A fault of the server', () => {
  for (const [type, inside, code, message] of [
    ['RestrictedVersion', '', 'vsphere-read-only', /PowerOnVM_Task .*RestrictedVersion/],
    [
      'NoPermission',
      '<object type="Folder">group-v3</object><privilegeId>VirtualMachine.Inventory.Create</privilegeId>',
      'vsphere-no-permission',
      /needs the privilege VirtualMachine\.Inventory\.Create on Folder group-v3/,
    ],
    [
      'NoPermission',
      '<missingPrivileges><entity type="Folder">group-v3</entity><privilegeIds>A.B</privilegeIds><privilegeIds>C.D</privilegeIds></missingPrivileges>',
      'vsphere-no-permission',
      /A\.B, C\.D on Folder group-v3/,
    ],
    ['NotAuthenticated', '<privilegeId>System.View</privilegeId>', 'vsphere-session-over', /session/],
    ['DvsNotAuthorized', '', 'vsphere-dvs-not-authorized', /another product owns/],
    [
      'DuplicateName',
      '<name>web</name><object type="Folder">f</object>',
      'vsphere-name-taken',
      /name web is taken/,
    ],
    ['AlreadyExists', '<name>vSwitch1</name>', 'vsphere-name-taken', /vSwitch1/],
    ['FileAlreadyExists', '<file>[ds1] a.vmdk</file>', 'vsphere-name-taken', /\[ds1\] a\.vmdk/],
    [
      'ManagedObjectNotFound',
      '<obj type="VirtualMachine">vm-9</obj>',
      'vsphere-gone',
      /VirtualMachine vm-9 is not there/,
    ],
    ['RequestCanceled', '', 'vsphere-cancelled', /cancelled/],
    ['NoDiskSpace', '<file>a</file><datastore>ds1</datastore>', 'vsphere-no-space', /server says so/],
    ['InsufficientStorageSpace', '', 'vsphere-no-space', /server says so/],
    ['InsufficientMemoryResourcesFault', '', 'vsphere-no-resources', /server says so/],
    ['InsufficientFailoverResourcesFault', '', 'vsphere-no-resources', /server says so/],
    ['NumVirtualCpusExceedsLimit', '', 'vsphere-no-resources', /server says so/],
    ['InvalidHostConnectionState', '', 'vsphere-maintenance', /server says so/],
    ['HostNotConnected', '', 'vsphere-maintenance', /server says so/],
    ['NotSupported', '', 'vsphere-not-supported', /server says so/],
    ['MethodNotFound', '', 'vsphere-not-supported', /server says so/],
    ['InvalidPowerState', '', 'vsphere-refused', /\(InvalidPowerState\): The server says so/],
    [
      'InvalidArgument',
      '<invalidProperty>spec.name</invalidProperty>',
      'vsphere-refused',
      /says so\. \(spec\.name\)/,
    ],
    ['SomethingNew', '', 'vsphere-refused', /SomethingNew/],
    ['constructor', '', 'vsphere-refused', /constructor/],
  ] as const) {
    it(`${type} is told as ${code}`, () => {
      const failure = failureOf(fault(type, inside), 'PowerOnVM_Task')
      assert.equal(failure.code, code)
      assert.match(failure.message, message)
      assert.match(failure.remedy, /\S/)
    })
  }

  it('is known by the name of its element where it has no type', () => {
    const text = '<Fault><faultstring/><detail><InvalidLoginFault xmlns="urn:vim25"/></detail></Fault>'
    assert.equal(readFault(readXml(text)).fault, 'InvalidLogin')
  })

  it('is known in the way in which vcsim writes it', () => {
    const text = `<Fault><faultstring></faultstring><detail><Fault xmlns:XMLSchema-instance="${instance}" xmlns="urn:vim25" XMLSchema-instance:type="NotAuthenticated" type="NotAuthenticated"><object type="Folder">group-d1</object></Fault></detail></Fault>`
    assert.equal(readFault(readXml(text)).fault, 'NotAuthenticated')
  })

  it('without any detail is a fault of the system', () => {
    const { fault: type, message } = readFault(readXml('<Fault><faultstring>oops</faultstring></Fault>'))
    assert.deepEqual([type, message], ['SystemError', 'oops'])
  })

  it('without words has those of its detail, and at least its name', () => {
    const said = '<faultMessage><key>k</key><message>The disk is full.</message></faultMessage>'
    assert.equal(fault('NoDiskSpace', said, '').message, 'The disk is full.')
    assert.equal(fault('NoDiskSpace', '', '').message, 'NoDiskSpace')
  })

  it('that only says that hosts failed has what each of them said', () => {
    const host = (words: string) =>
      `<hostFault><host type="HostSystem">h</host><fault><fault xsi:type="ResourceInUse"/><localizedMessage>${words}</localizedMessage></fault></hostFault>`
    const { message } = fault(
      'DvsOperationBulkFault',
      host('Port 1 is in use.') + host('Port 2 is in use.'),
      'Some failed.',
    )
    assert.equal(message, 'Some failed. Port 1 is in use. Port 2 is in use.')
  })

  it('has the words of its cause, however deep that lies', () => {
    const cause = (inside: string, words: string) =>
      `<faultCause><fault xsi:type="VimFault">${inside}</fault><localizedMessage>${words}</localizedMessage></faultCause>`
    assert.equal(
      fault('HostConfigFault', cause(cause('', 'Third.'), 'Second.'), 'First.').message,
      'First. Second. Third.',
    )
  })
})

describe('The error of a task', () => {
  const errorOf = (text: string) =>
    localizedFault(
      decodeValue(readXml(`<error xmlns:xsi="${instance}">${text}</error>`), 'LocalizedMethodFault'),
    )

  it('is told as the same fault of a call', () => {
    const error = errorOf(
      '<fault xsi:type="DuplicateName"><name>web</name></fault><localizedMessage>Taken.</localizedMessage>',
    )
    assert.equal(
      failureOf(error, 'CreateVM_Task').message,
      'CreateVM_Task: the name web is taken on the server.',
    )
  })

  it('is told also when there is nothing in it', () => {
    assert.equal(failureOf(localizedFault(undefined), 'CreateVM_Task').code, 'vsphere-refused')
    assert.equal(errorOf('').fault, 'SystemError')
  })
})
