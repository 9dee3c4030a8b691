import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#failure'
import { kernelOptions, kickstartOf } from './kickstart.ts'
import type { KickstartSettings } from './kickstart-settings.ts'
import { progressMark, type Stage } from './marks.ts'
import { ecdsaKey, fullSettings, plainSettings, rsaKey, shortRsaKey } from './settings.fixture.ts'
import { isAtLeast, readEsxiVersion, versionText } from './version.ts'

function refusalOf(change: Partial<Record<keyof KickstartSettings, unknown>>): string {
  try {
    kickstartOf({ ...plainSettings, ...change } as KickstartSettings)
  } catch (error) {
    assert.ok(error instanceof Failure, String(error))
    assert.equal(error.code, 'esxi-settings-refused')
    return error.message
  }
  return ''
}

/** What could begin a line, a section, a word or a command. */
const poisons = [
  '\n',
  '\r',
  '\0',
  '\x1b[2J',
  ' ',
  '%',
  "'",
  '"',
  '`',
  '$',
  ';',
  '|',
  '&',
  '<',
  '>',
  '\\',
  'é',
  '(',
]

test('no value can bring a further line, section, word or command into a kickstart', () => {
  const { network } = plainSettings
  assert.ok(network.mode === 'static')
  const places: readonly ((poison: string) => Partial<Record<keyof KickstartSettings, unknown>>)[] = [
    (poison) => ({ version: `8.0${poison}` }),
    (poison) => ({ hostname: `esxi${poison}reboot` }),
    (poison) => ({ rootPasswordHash: `${plainSettings.rootPasswordHash}${poison}` }),
    (poison) => ({ device: `vmnic0${poison}` }),
    (poison) => ({ installDisk: `naa.6000${poison}` }),
    (poison) => ({ licenceKey: `00000-11111-22222-33333-44444${poison}` }),
    (poison) => ({ markId: `lab${poison}` }),
    (poison) => ({ ntpServers: [`10.0.0.1${poison}`] }),
    (poison) => ({ sshKeys: [`ssh-rsa${poison}AAAA`] }),
    (poison) => ({ datastore: { name: `data${poison}`, disk: 'vmhba0:C0:T1:L0' } }),
    (poison) => ({ datastore: { name: 'data', disk: `vmhba0:C0:T1:L0${poison}` } }),
    (poison) => ({ network: { ...network, ip: `10.0.10.11${poison}` } }),
    (poison) => ({ network: { ...network, gateway: `10.0.10.1${poison}` } }),
    (poison) => ({ network: { ...network, nameServers: [`10.0.10.2${poison}`] } }),
    (poison) => ({ network: { ...network, prefixLength: `24${poison}` } }),
    (poison) => ({ network: { ...network, vlan: `10${poison}` } }),
  ]
  for (const place of places)
    for (const poison of poisons) assert.notEqual(refusalOf(place(poison)), '', JSON.stringify(place(poison)))
})

test('comments of SSH keys are left out, whatever is in them', () => {
  const text = kickstartOf({ ...plainSettings, sshKeys: [`${ecdsaKey} NESTLABEND $(reboot) %post`] })
  assert.ok(text.includes(`\n${ecdsaKey}\n`))
  assert.ok(!text.includes('$(reboot)'))
})

test('every problem is told at once, in sentences', () => {
  const message = refusalOf({
    version: '5.1',
    hostname: '-a',
    sshKeys: ['ssh-ed25519 AAAA', shortRsaKey, 'hello'],
    network: { mode: 'static', ip: '10.0.10.0', prefixLength: 24, gateway: '10.0.11.1', vlan: 4095 },
  })
  for (const part of [
    'The version is not one of ESXi from 5.5 to 9: "5.1".',
    'The host name is not one: "-a".',
    'The SSH key number 1 cannot be used: ESXi 8 refuses Ed25519 keys; make one of RSA or ECDSA.',
    'The SSH key number 2 cannot be used: its RSA key is shorter than 2048 bits.',
    'The SSH key number 3 cannot be used: it is not one line of OpenSSH public key.',
    'The address is not one that a machine can have in its network: "10.0.10.0/24".',
    'The gateway is no other address of the same network: "10.0.11.1".',
    'The VLAN of the management network is a number from 1 to 4094: "4095".',
  ])
    assert.ok(message.includes(part), `${part}\nnot in\n${message}`)
})

test('a message never shows the hash of the password', () => {
  const message = refusalOf({ rootPasswordHash: '$1$old$secretsecret' })
  assert.match(message, /hash of the root password/)
  assert.ok(!message.includes('secretsecret'))
})

test('the size of the system is a boot option from 7.0U1c on, and min unless chosen', () => {
  const optionsOf = (version: string) => kernelOptions({ ...plainSettings, version }).join(' ')
  assert.equal(optionsOf('6.7U3'), 'runweasel ks=cdrom:/KS.CFG')
  assert.equal(optionsOf('7.0U1b'), 'runweasel ks=cdrom:/KS.CFG')
  for (const version of ['7.0U1c', '7.0 Update 3', '8.0', '8.0.3', '9.0'])
    assert.equal(optionsOf(version), 'runweasel ks=cdrom:/KS.CFG systemMediaSize=min', version)
  assert.match(refusalOf({ version: '7.0U1', systemMediaSize: 'min' }), /from 7.0U1c on, not to 7.0U1\./)
  assert.match(refusalOf({ version: '6.7', oldProcessor: true }), /from 7.0 on/)
})

test('versions are compared by number, update and letter', () => {
  const order = ['5.5', '6.0U2', '6.5', '6.7U3', '7.0', '7.0U1', '7.0U1c', '7.0U3', '8.0', '8.0U10', '9.0']
  for (const [place, text] of order.entries()) {
    const version = readEsxiVersion(text)
    assert.ok(version, text)
    assert.equal(versionText(version), text)
    for (const [other, otherText] of order.entries()) {
      const least = readEsxiVersion(otherText)
      assert.ok(least)
      assert.equal(isAtLeast(version, least), place >= other, `${text} ${otherText}`)
    }
  }
  for (const text of ['', '8', '5.1', '10.0', '8.0U', '8.0U3\n', 'v8.0', '8.0-U3'])
    assert.equal(readEsxiVersion(text), undefined, JSON.stringify(text))
})

test('the marks that are looked for in the log are not in the kickstart, which the installer writes there too', () => {
  const text = kickstartOf(fullSettings)
  const stages: readonly Stage[] = ['installed', 'first-boot', 'datastore-failed', 'not-ready', 'ready']
  for (const stage of stages) assert.ok(!text.includes(progressMark('lab-esxi-1', stage)), stage)
  for (const stage of stages) assert.ok(text.includes(`mark ${stage}`), stage)
})

test('sections come behind all commands, and only our own two begin with a percent sign', () => {
  const lines = kickstartOf(fullSettings).split('\n')
  const sections = lines.filter((line) => line.startsWith('%'))
  assert.deepEqual(sections, [
    '%post --interpreter=busybox --ignorefailure=true',
    '%firstboot --interpreter=busybox',
  ])
  assert.ok(lines.indexOf('reboot') < lines.indexOf(sections[0] ?? ''))
})

test('only what is to be switched off is switched off in the installer', () => {
  const poweroff = /^poweroff -f$/m
  assert.doesNotMatch(kickstartOf(plainSettings), poweroff)
  const template = kickstartOf({ ...plainSettings, afterInstall: 'power-off' })
  assert.match(template, poweroff)
  assert.match(template, /^install --firstdisk --overwritevmfs --novmfsondisk$/m)
})

test('without keys the SSH server stays off', () => {
  assert.doesNotMatch(kickstartOf(plainSettings), /ssh/i)
  assert.match(kickstartOf({ ...plainSettings, sshKeys: [rsaKey] }), /^vim-cmd hostsvc\/enable_ssh$/m)
})
