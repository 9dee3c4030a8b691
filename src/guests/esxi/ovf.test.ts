import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#failure'
import { applianceProperties, descriptorText } from './appliance.fixture.ts'
import { readOvf } from './ovf-descriptor.ts'
import { type ApplianceSettings, ovfProperties } from './ovf-properties.ts'
import { plainSettings } from './settings.fixture.ts'

const settings: ApplianceSettings = {
  hostname: 'esxi-1.lab.test',
  network: plainSettings.network,
  domain: 'lab.test',
  ntpServer: 'time.lab.test',
  syslogServer: '10.0.10.9',
  password: 'Nest-lab1!',
  ssh: true,
  createVmfs: false,
  debug: false,
}

const appliance = readOvf(descriptorText())

function codeOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    assert.ok(error instanceof Failure, String(error))
    return `${error.code}: ${error.message}`
  }
  return 'nothing'
}

test('an appliance gets each setting in the property that it reads, with True and False written large', () => {
  assert.deepEqual(ovfProperties(settings, appliance), {
    'guestinfo.hostname': 'esxi-1.lab.test',
    'guestinfo.ipaddress': '10.0.10.11',
    'guestinfo.netmask': '255.255.255.0',
    'guestinfo.gateway': '10.0.10.1',
    'guestinfo.vlan': '10',
    'guestinfo.dns': '10.0.10.2 10.0.10.3',
    'guestinfo.domain': 'lab.test',
    'guestinfo.ntp': 'time.lab.test',
    'guestinfo.syslog': '10.0.10.9',
    'guestinfo.password': 'Nest-lab1!',
    'guestinfo.ssh': 'True',
    'guestinfo.createvmfs': 'False',
    'guestinfo.debug': 'False',
  })
})

test('what the settings leave out is left to the appliance', () => {
  const least = { hostname: 'esxi-1', network: { mode: 'dhcp' }, password: 'Nest-lab1!' } as const
  assert.deepEqual(Object.keys(ovfProperties(least, appliance)), ['guestinfo.hostname', 'guestinfo.password'])
})

test('a setting that the appliance has no property for is refused by name, in either case of its letters', () => {
  const without = applianceProperties
    .replace(/^.*guestinfo\.createvmfs.*$/m, '')
    .replace('guestinfo.vlan', 'guestinfo.VLAN')
  const code = codeOf(() => ovfProperties(settings, readOvf(descriptorText(without))))
  assert.equal(
    code,
    'ovf-property-unknown: The appliance has no property guestinfo.vlan, guestinfo.createvmfs.',
  )
  const others = { 'guestinfo.followmac': 'True' }
  assert.match(
    codeOf(() => ovfProperties({ ...settings, others }, appliance)),
    /guestinfo\.followmac/,
  )
})

test('properties that the appliance cannot do without are all named', () => {
  const more = `${applianceProperties}
    <Property ovf:key="guestinfo.site" ovf:type="string" ovf:qualifiers="MinLen(1) MaxLen(5)" ovf:userConfigurable="true"/>
    <Property ovf:key="guestinfo.backup" ovf:type="ip" ovf:userConfigurable="true"/>
    <Property ovf:key="guestinfo.colour" ovf:type="string" ovf:userConfigurable="true"/>
    <Property ovf:key="guestinfo.fixed" ovf:type="ip"/>`
  const demanding = readOvf(descriptorText(more))
  assert.equal(
    codeOf(() => ovfProperties(settings, demanding)),
    'ovf-property-missing: The appliance needs values that the lab does not give: guestinfo.site, guestinfo.backup.',
  )
  const others = { 'guestinfo.site': 'paris', 'guestinfo.backup': '10.0.10.8' }
  assert.equal(ovfProperties({ ...settings, others }, demanding)['guestinfo.site'], 'paris')
  const long = { ...others, 'guestinfo.site': 'amsterdam' }
  assert.match(
    codeOf(() => ovfProperties({ ...settings, others: long }, demanding)),
    /guestinfo\.site has from 1 to 5 characters: "amsterdam"/,
  )
  const fixed = { ...others, 'guestinfo.fixed': '10.0.10.8' }
  assert.match(
    codeOf(() => ovfProperties({ ...settings, others: fixed }, demanding)),
    /does not let guestinfo\.fixed be set/,
  )
})

test('values that the script in the appliance could trip over are refused, and a password is never shown', () => {
  const { network } = plainSettings
  assert.ok(network.mode === 'static')
  for (const poison of ['\n', '"', "'", '$(reboot)', '`', ';', ' ', '<'])
    for (const change of [
      { hostname: `esxi${poison}` },
      { domain: `lab${poison}` },
      { ntpServer: `time${poison}` },
      { syslogServer: `log${poison}` },
      { network: { ...network, ip: `10.0.10.11${poison}` } },
    ])
      assert.match(
        codeOf(() => ovfProperties({ ...settings, ...change }, appliance)),
        /^esxi-settings-refused/,
      )
  const weak = codeOf(() => ovfProperties({ ...settings, password: 'secret7' }, appliance))
  assert.match(weak, /^esxi-password-weak/)
  assert.ok(!weak.includes('secret7'))
  const strict = applianceProperties.replace(
    'ovf:password="true"',
    'ovf:password="true" ovf:qualifiers="MinLen(20)"',
  )
  const short = codeOf(() => ovfProperties(settings, readOvf(descriptorText(strict))))
  assert.match(short, /guestinfo\.password has from 20 to/)
  assert.ok(!short.includes('Nest-lab1!'))
})

test('class and instance of a section belong to the names of its properties, and lengths may stand in the type', () => {
  const text = descriptorText(
    '<Property ovf:key="hostname" ovf:type="string(2..8)" ovf:userConfigurable="1"/>',
  ).replace(
    '<ProductSection ovf:required="false">',
    '<ProductSection ovf:class="guestinfo" ovf:instance="a">',
  )
  assert.deepEqual(readOvf(text), {
    files: ['disk1.vmdk'],
    networks: ['VM Network'],
    properties: [
      {
        ...{ key: 'guestinfo.hostname.a', type: 'string', defaultValue: '', userConfigurable: true },
        ...{ isPassword: false, minLength: 2, maxLength: 8 },
      },
    ],
  })
})

test('the prefix of the namespace does not matter, another namespace does', () => {
  const prefixed = descriptorText()
    .replaceAll(/<(\/?)(?!vmw:|\?)/g, '<$1e:')
    .replace('xmlns=', 'xmlns:e=')
  assert.deepEqual(readOvf(prefixed), appliance)
  const foreign = descriptorText().replaceAll('schemas.dmtf.org/ovf/envelope/1', 'example.org/other')
  assert.match(
    codeOf(() => readOvf(foreign)),
    /it is no OVF envelope/,
  )
})

test('descriptors that are none, that declare entities, are too deep, too large or contradict themselves are refused', () => {
  const text = descriptorText()
  const bomb = text.replace(
    '<Envelope',
    '<!DOCTYPE Envelope [<!ENTITY a "x"><!ENTITY b SYSTEM "file:///etc/passwd">]><Envelope',
  )
  const deep = text.replace('<Info>Nested ESXi</Info>', `${'<a>'.repeat(100)}${'</a>'.repeat(100)}`)
  const cases: readonly (readonly [string, RegExp])[] = [
    [bomb, /declares a document type/],
    [deep, /more than 50 levels deep/],
    ['x'.repeat(5 * 2 ** 20), /larger than 4 MiB/],
    ['', /ovf-unreadable/],
    ['<Envelope', /ovf-unreadable/],
    [text.slice(0, -20), /ovf-unreadable/],
    [text.replace('Nested ESXi<', '&b;<'), /ovf-unreadable/],
    [text.replaceAll('VirtualSystem', 'VirtualDisk'), /describes no machine/],
    [text.replace('</VirtualSystem>', '</VirtualSystem><VirtualSystem/>'), /more than one machine/],
    [text.replace('guestinfo.vlan', 'guestinfo.dns'), /"guestinfo\.dns" twice/],
    [text.replace('guestinfo.vlan', 'guest info'), /a property "guest info"/],
  ]
  for (const [wrong, reason] of cases) {
    const code = codeOf(() => readOvf(wrong))
    assert.match(code, /^ovf-unreadable/)
    assert.match(code, reason)
  }
})
