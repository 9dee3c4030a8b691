/** What a real server refuses in a request, and a lenient simulator takes. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { SdkOptions } from '../../src/providers/sim/sdk/index.ts'
import { startStrict } from './strict-bench.ts'
import { enveloped, Raw, rawTask } from './strict-raw.ts'

async function rawOn(t: TestContext, options: Partial<SdkOptions> = {}): Promise<Raw> {
  const strict = await startStrict(options)
  t.after(() => strict.close())
  return Raw.open(strict, options.apiVersion ?? '8.0.3.0')
}

const pool = '<pool type="ResourcePool">resgroup-7</pool>'
const create = (config: string, rest = pool) =>
  `<CreateVM_Task xmlns="urn:vim25"><_this type="Folder">group-v2</_this><config>${config}</config>${rest}</CreateVM_Task>`
const files = '<files><vmPathName>[datastore1]</vmPathName></files>'

test('a specification whose fields are in the order of the API is taken', async (t) => {
  const raw = await rawOn(t)
  const answer = await raw.call(
    create(`<name>a</name><guestId>otherGuest</guestId>${files}<numCPUs>1</numCPUs>`),
  )
  assert.equal(answer.status, 200, answer.message)
  assert.equal(await rawTask(raw, answer), 'success')
})

test('a field out of order is refused with the text of a real server, and nothing is made', async (t) => {
  const raw = await rawOn(t)
  const answer = await raw.call(create(`<name>a</name><numCPUs>1</numCPUs>${files}`))
  assert.equal(answer.status, 500)
  assert.equal(answer.fault, 'InvalidRequest')
  const text = (answer.message ?? '').replace(/at line \d+, column \d+/g, 'at some place')
  assert.equal(
    text,
    [
      'Unexpected element tag "files" seen',
      'while parsing serialized DataObject of type vim.vm.ConfigSpec\nat some place',
      'while parsing call information for method CreateVM_Task\nat some place',
      'while parsing SOAP body\nat some place',
      'while parsing SOAP envelope\nat some place',
      'while parsing HTTP request for method createVm\non object of type vim.Folder\nat some place',
    ].join('\n\n'),
  )
})

test('the place of what is refused is where it begins', async (t) => {
  const raw = await rawOn(t)
  const text = enveloped(create('<name>a</name><bogus>1</bogus>'))
  const { message = '' } = await raw.send(text)
  const [, line, column] = /of type vim.vm.ConfigSpec\nat line (\d+), column (\d+)/.exec(message) ?? []
  const second = text.split('\n')[1] ?? ''
  assert.deepEqual([Number(line), Number(column)], [2, second.indexOf('<config>')])
})

const refused: readonly (readonly [what: string, element: string, message: RegExp])[] = [
  [
    'a field that no version has',
    create(`<name>a</name><bogusField>1</bogusField>`),
    /^Unexpected element tag "bogusField" seen/,
  ],
  [
    'a parameter before the one it follows',
    create('<name>a</name>', '').replace('<config>', `${pool}<config>`),
    /^Unexpected element tag "config" seen/,
  ],
  [
    'a field that is there twice',
    create(`<name>a</name><name>b</name>`),
    /^Unexpected element tag "name" seen/,
  ],
  ['a parameter that is missing', create('<name>a</name>', ''), /^Required parameter pool is missing/],
  [
    'a required field that is missing',
    create('<name>a</name><deviceChange><operation>add</operation></deviceChange>'),
    /^Required property device is missing from data object of type VirtualDeviceConfigSpec/,
  ],
  [
    'a device of no certain kind',
    create('<name>a</name><deviceChange><device><key>1</key></device></deviceChange>'),
    /abstract type VirtualDevice/,
  ],
  [
    'a device of a kind that there is not',
    create(
      '<name>a</name><deviceChange><device xsi:type="VirtualTeapot"><key>1</key></device></deviceChange>',
    ),
    /^Unable to resolve WSDL type name VirtualTeapot/,
  ],
  [
    'a value of another type than the field has',
    create('<name>a</name><files xsi:type="OptionValue"><key>a</key></files>'),
    /^Type OptionValue is not a subtype of VirtualMachineFileInfo/,
  ],
  [
    'a type whose namespace is not the one of the API',
    create(
      '<name>a</name><deviceChange><device xsi:type="xsd:VirtualVmxnet3"><key>1</key></device></deviceChange>',
    ),
    /^Unable to resolve WSDL type name VirtualVmxnet3/,
  ],
  ['a number that is none', create('<name>a</name><numCPUs>two</numCPUs>'), /^Invalid value "two" for a int/],
  ['a number that is too large', create('<name>a</name><numCPUs>4294967296</numCPUs>'), /^Invalid value/],
  [
    'a flag that is neither',
    create('<name>a</name><nestedHVEnabled>yes</nestedHVEnabled>'),
    /^Invalid value "yes" for a boolean/,
  ],
  [
    'a value that its enumeration lacks',
    create('<name>a</name><deviceChange><operation>replace</operation></deviceChange>'),
    /^"replace" is not a value of VirtualDeviceConfigSpecOperation/,
  ],
  [
    'a value that may be anything, without its type',
    create('<name>a</name><extraConfig><key>a</key><value>b</value></extraConfig>'),
    /static type anyType/,
  ],
  [
    'a reference to another kind of object',
    create('<name>a</name>', '<pool type="Folder">group-v2</pool>'),
    /^Folder is not a ResourcePool/,
  ],
  [
    'a reference that does not say its kind',
    create('<name>a</name>', '<pool>resgroup-7</pool>'),
    /^The type of a managed object reference is missing/,
  ],
  [
    'a method that there is not',
    '<MakeCoffee_Task xmlns="urn:vim25"><_this type="Folder">group-v2</_this></MakeCoffee_Task>',
    /^Unable to resolve WSDL method name MakeCoffee_Task for namespace name urn:vim25/,
  ],
  [
    'a method of another namespace',
    '<CurrentTime xmlns="urn:vim26"><_this type="ServiceInstance">ServiceInstance</_this></CurrentTime>',
    /^Unable to resolve WSDL method name CurrentTime for namespace name urn:vim26/,
  ],
  [
    'a method that the object does not have',
    '<PowerOnVM_Task xmlns="urn:vim25"><_this type="Folder">group-v2</_this></PowerOnVM_Task>',
    /^Method PowerOnVM_Task is not defined on objects of type vim.Folder/,
  ],
]

for (const [what, element, message] of refused) {
  test(`${what} is refused`, async (t) => {
    const raw = await rawOn(t)
    const answer = await raw.call(element)
    assert.equal(answer.fault, 'InvalidRequest', answer.text)
    assert.match(answer.message ?? '', message)
  })
}

const newer: readonly (readonly [border: string, before: string, element: string, tag: string])[] = [
  ['6.7', '6.5', create(`<name>a</name><createDate>2026-01-01T00:00:00Z</createDate>${files}`), 'createDate'],
  [
    '8.0.0.1',
    '8.0.0.0',
    create(`<name>a</name>${files}<rebootPowerOff>true</rebootPowerOff>`),
    'rebootPowerOff',
  ],
  ['7.0.1.0', '7.0.0.0', create(`<name>a</name>${files}<sevEnabled>false</sevEnabled>`), 'sevEnabled'],
  ['9.0.0.0', '8.0.3.0', create(`<name>a</name>${files}<tdxEnabled>false</tdxEnabled>`), 'tdxEnabled'],
]

for (const [border, before, element, tag] of newer) {
  test(`${tag} is taken from API ${border} on, and unknown before`, async (t) => {
    const old = await (await rawOn(t, { apiVersion: before })).call(element)
    assert.match(old.message ?? '', new RegExp(`^Unexpected element tag "${tag}" seen`))
    const fresh = await rawOn(t, { apiVersion: border })
    assert.equal(await rawTask(fresh, await fresh.call(element)), 'success')
  })
}

test('MAC learning on a distributed port group is taken from API 6.7 on, and unknown before', async (t) => {
  const port =
    '<defaultPortConfig xsi:type="VMwareDVSPortSetting"><macManagementPolicy><inherited>false</inherited>' +
    '<allowPromiscuous>false</allowPromiscuous></macManagementPolicy></defaultPortConfig>'
  const element = (spec: string) =>
    `<CreateDVS_Task xmlns="urn:vim25"><_this type="Folder">group-n5</_this><spec><configSpec xsi:type="VMwareDVSConfigSpec"><name>d</name>${spec}</configSpec></spec></CreateDVS_Task>`
  const old = await (await rawOn(t, { apiVersion: '6.5' })).call(element(port))
  assert.match(old.message ?? '', /^Unexpected element tag "macManagementPolicy" seen/)
  assert.match(old.message ?? '', /while parsing property "defaultPortConfig" of static type DVPortSetting/)
  const fresh = await rawOn(t, { apiVersion: '6.7' })
  assert.equal(await rawTask(fresh, await fresh.call(element(port))), 'success')
})

test('a client that speaks an older version of the API knows nothing of what came later', async (t) => {
  const strict = await startStrict({ apiVersion: '8.0.3.0' })
  t.after(() => strict.close())
  const raw = await Raw.open(strict, '6.5')
  const answer = await raw.call(create(`<name>a</name><createDate>2026-01-01T00:00:00Z</createDate>${files}`))
  assert.match(answer.message ?? '', /^Unexpected element tag "createDate" seen/)
})

test('a version of the API that the server lacks is answered in its newest one', async (t) => {
  const strict = await startStrict({ apiVersion: '6.7' })
  t.after(() => strict.close())
  const raw = await Raw.open(strict, '9.1.0.0')
  const late = await raw.call(create(`<name>a</name>${files}<sevEnabled>false</sevEnabled>`))
  assert.match(late.message ?? '', /^Unexpected element tag "sevEnabled" seen/)
  const element = create(`<name>a</name><createDate>2026-01-01T00:00:00Z</createDate>${files}`)
  assert.equal(await rawTask(raw, await raw.call(element)), 'success')
})

test('a client that names no version speaks the oldest, and one of another API is refused', async (t) => {
  const raw = await rawOn(t)
  const nested = create(`<name>a</name>${files}<nestedHVEnabled>true</nestedHVEnabled>`)
  const oldest = await raw.send(enveloped(nested), 'urn:vim25')
  assert.match(oldest.message ?? '', /^Unexpected element tag "nestedHVEnabled" seen/)
  const other = await raw.send(enveloped(nested), '"urn:pbm/2.0"')
  assert.match(other.message ?? '', /^Unsupported version URI "urn:pbm\/2.0"\n\nwhile parsing SOAP body/)
  assert.match(other.text, /<faultcode>VersionMismatchFaultCode<\/faultcode>/)
})

test('XML that is broken, declares a document type or is too deep is refused', async (t) => {
  const raw = await rawOn(t)
  const broken = await raw.send('<a>')
  assert.match(broken.message ?? '', /^Error returned by expat parser/)
  assert.match(broken.message ?? '', /while parsing HTTP request before method was determined/)
  const declared = await raw.send(`<!DOCTYPE a [<!ENTITY b "c">]>${enveloped(create('<name>&b;</name>'))}`)
  assert.match(declared.message ?? '', /document type/)
  const deep = await raw.send(enveloped('<a>'.repeat(200) + '</a>'.repeat(200)))
  assert.match(deep.message ?? '', /levels/)
})

test('prefixes do not matter, only what they stand for', async (t) => {
  const raw = await rawOn(t)
  const text =
    '<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>' +
    '<v:CurrentTime xmlns:v="urn:vim25"><v:_this type="ServiceInstance">ServiceInstance</v:_this></v:CurrentTime>' +
    '</S:Body></S:Envelope>'
  const answer = await raw.send(text)
  assert.equal(answer.status, 200, answer.message)
})
