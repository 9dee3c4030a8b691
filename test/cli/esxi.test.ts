/** `nestlab esxi`: kickstarts, scripts for copies, and what can be set about appliances. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { z } from 'zod'
import { cloneScript, ovfProperties, readOvf, templateScript } from '#guests'
import { applianceProperties, descriptorText, tarOf } from '../../src/guests/esxi/appliance.fixture.ts'
import { Desk } from './command.ts'
import { deskWithLab, given, hashedAgain, hashIn, password } from './esxi-desk.ts'

test('esxi kickstart prints the file alone, with a placeholder for the hash of the root password', async () => {
  await using desk = await deskWithLab()
  const { stdout, stderr } = await desk.expect(0, 'esxi', 'kickstart', 'esxi-1')
  assert.match(
    stdout,
    /^# Made by Nestlab for ESXi 7\.0U3\.\nvmaccepteula\nrootpw --iscrypted HASH-OF-THE-ROOT-PASSWORD\n/,
  )
  assert.match(stdout, /^network --bootproto=static .*--ip=10\.7\.0\.\d+ .*--hostname=esxi-1 /m)
  assert.match(stderr, /ESXi 7\.0U3 with: runweasel ks=cdrom:\/KS\.CFG systemMediaSize=min\n/)
  assert.match(stderr, /--with-hash puts one there/)
  assert.doesNotMatch(stdout, /\$6\$/)
})

test('esxi kickstart --with-hash prints a hash of the password that the environment gives', async () => {
  await using desk = await deskWithLab()
  const { stdout, stderr } = await given(desk, 'kickstart', 'esxi-1', '--with-hash')
  assert.equal(hashedAgain(hashIn(stdout)), hashIn(stdout))
  assert.ok(!`${stdout}${stderr}`.includes(password))
  assert.doesNotMatch(stdout + stderr, /HASH-OF/)
})

test('esxi kickstart --json has the same text, with the boot options as a list', async () => {
  await using desk = await deskWithLab()
  const { stdout } = await desk.expect(0, 'esxi', 'kickstart', 'old')
  assert.deepEqual(await desk.json(0, 'esxi', 'kickstart', 'old'), {
    machine: 'old',
    version: '5.5',
    text: stdout,
    kernelOptions: ['runweasel', 'ks=cdrom:/KS.CFG'],
    hasHash: false,
  })
})

const wrongLines: readonly (readonly [line: string, says: RegExp])[] = [
  ['kickstart', /Missing required argument 'machine'/],
  ['kickstart kvm', /kvm is no ESXi host of lab nested\.[^\n]*\n {2}Its ESXi hosts: esxi-1, esxi-2, old\./],
  ['kickstart esxi-1 --with-hash', /no root password for esxi-1[\s\S]*variable NESTLAB_ESXI_PASSWORD/],
  ['kickstart esxi-1 --password secret', /Unknown option '--password'/],
  ['iso esxi-1 -o out.iso', /Which installer\? Add --iso FILE/],
  ['iso esxi-1 --iso nested.lab.yaml', /Nowhere to write to: add -o FILE/],
  ['iso esxi-1 --iso none.iso -o out.iso', /no readable file .*none\.iso\. \(installer-missing\)/],
  ['iso esxi-1 --iso nested.lab.yaml -o out.iso', /no root password for esxi-1/],
  ['clone-scripts 4.1', /not one of ESXi from 5\.5 to 9: "4\.1"/],
  ['clone-scripts 8.0 --hostname a;reboot', /The host name is not one: "a;reboot"/],
  ['ova thing.ovf', /thing\.ovf is a descriptor alone/],
]

for (const [line, says] of wrongLines)
  test(`nestlab esxi ${line} exits with 2 and says what would be right`, async () => {
    await using desk = await deskWithLab()
    const { stdout, stderr } = await desk.expect(2, 'esxi', ...line.split(' '))
    assert.match(stderr, says)
    assert.equal(stdout, '')
  })

test('esxi clone-scripts prints both scripts, for ESXi of that version and a copy of that name', async () => {
  await using desk = await Desk.open()
  const identity = { hostname: 'esxi-7.lab.test', network: { mode: 'dhcp' } } as const
  const scripts = { template: templateScript('8.0U3'), clone: cloneScript('8.0U3', identity) }
  const line = ['esxi', 'clone-scripts', '8.0U3', '--hostname', identity.hostname]
  const { stdout, stderr } = await desk.expect(0, ...line)
  assert.ok(stdout.includes(scripts.template) && stdout.includes(scripts.clone))
  assert.equal(stderr, '')
  assert.deepEqual(await desk.json(0, ...line), {
    ...{ version: '8.0U3', hostname: identity.hostname },
    ...scripts,
  })
  const unnamed = await desk.expect(0, 'esxi', 'clone-scripts', '8.0U3')
  assert.match(unnamed.stdout, /^esxcli system hostname set --host=esxi-copy$/m)
  assert.match(unnamed.stderr, /names of their own: --hostname NAME/)
})

const extra = [
  '<Property ovf:key="colour" ovf:type="string" ovf:userConfigurable="true" ovf:value="red&#10;and blue"/>',
  '<Property ovf:key="serial" ovf:type="string" ovf:value="7"/>',
  '<Property ovf:key="token" ovf:type="string" ovf:password="true" ovf:userConfigurable="true" ovf:value="hunter2"/>',
].join('')

function ovaOf(properties: string): Buffer {
  const descriptor = descriptorText(properties)
  const sum = (text: string) => createHash('sha256').update(text).digest('hex')
  const manifest = `SHA256(esxi.ovf)= ${sum(descriptor)}\nSHA256(disk1.vmdk)= ${sum('disk')}\n`
  return tarOf([
    { name: 'esxi.ovf', content: descriptor },
    { name: 'esxi.mf', content: manifest },
    { name: 'disk1.vmdk', content: 'disk' },
  ])
}

test('esxi ova lists properties, and from what Nestlab sets each of them', async () => {
  await using desk = await Desk.open()
  writeFileSync(join(desk.folder, 'esxi.ova'), ovaOf(applianceProperties + extra))
  const { stdout } = await desk.expect(0, 'esxi', 'ova', 'esxi.ova')
  assert.match(
    stdout,
    /^esxi\.ova: files of 4 B; compared with its manifest by SHA-256\.\nNetworks: VM Network\n/,
  )
  assert.match(stdout, /^guestinfo\.netmask +string +from network$/m)
  assert.match(stdout, /^guestinfo\.password +string +\(hidden\) +from password, in the clear$/m)
  assert.match(stdout, /^colour +string +red and blue +from its key$/m)
  assert.match(stdout, /^serial +string +7 +no: its maker lets nobody$/m)
  assert.ok(!stdout.includes('hunter2'))
})

const ovaDocument = z.strictObject({
  file: z.string(),
  isNestedEsxi: z.boolean(),
  checkedBy: z.string(),
  networks: z.array(z.string()),
  files: z.array(z.strictObject({ name: z.string(), sizeBytes: z.number() })),
  properties: z.array(
    z.strictObject({
      key: z.string(),
      type: z.string(),
      defaultValue: z.string().optional(),
      setFrom: z.string().optional(),
    }),
  ),
})

test('esxi ova --json names as settable exactly what Nestlab sets', async () => {
  await using desk = await Desk.open()
  writeFileSync(join(desk.folder, 'esxi.ova'), ovaOf(applianceProperties + extra))
  const answer = ovaDocument.parse(await desk.json(0, 'esxi', 'ova', 'esxi.ova'))
  const own = answer.properties.filter(({ setFrom }) => setFrom !== undefined && setFrom !== 'its key')
  const settings = {
    ...{ hostname: 'esxi-1', domain: 'lab.test', ntpServer: '10.0.0.2', syslogServer: '10.0.0.3', password },
    ...{ ssh: true, createVmfs: false, debug: false },
  }
  const place = { ip: '10.0.0.11', prefixLength: 24, gateway: '10.0.0.1', nameServers: ['10.0.0.2'], vlan: 7 }
  const set = ovfProperties(
    { ...settings, network: { mode: 'static', ...place } },
    readOvf(descriptorText(applianceProperties)),
  )
  assert.deepEqual(own.map(({ key }) => key).sort(), Object.keys(set).sort())
  const named = new Set(own.map(({ setFrom }) => setFrom))
  assert.deepEqual([...named].sort(), [...Object.keys(settings), 'network'].sort())
  assert.deepEqual(
    answer.properties.filter(({ key }) => /^(?:colour|serial|token)$/.test(key)),
    [
      { key: 'colour', type: 'string', defaultValue: 'red\nand blue', setFrom: 'its key' },
      { key: 'serial', type: 'string', defaultValue: '7' },
      { key: 'token', type: 'string', setFrom: 'its key' },
    ],
  )
  assert.deepEqual([answer.isNestedEsxi, answer.checkedBy], [true, 'sha256'])
  assert.deepEqual(answer.files, [{ name: 'disk1.vmdk', sizeBytes: 4 }])
})

test('an archive that is damaged or no appliance of nested ESXi is told as such', async () => {
  await using desk = await Desk.open()
  const bytes = ovaOf(applianceProperties)
  writeFileSync(join(desk.folder, 'cut.ova'), bytes.subarray(0, 1500))
  assert.match(
    (await desk.expect(1, 'esxi', 'ova', 'cut.ova')).stderr,
    /cut\.ova cannot be used[^\n]*cut off/,
  )
  writeFileSync(join(desk.folder, 'other.ova'), ovaOf(extra))
  const { stdout } = await desk.expect(0, 'esxi', 'ova', 'other.ova')
  assert.match(stdout, /It has no property of an appliance of nested ESXi/)
})
