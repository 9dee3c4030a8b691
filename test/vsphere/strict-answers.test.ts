/** Answers of the strict server: in the order of the API, with what it requires, and shaped like those of vcsim. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { compareApi, descends, fieldsOf, propertyType } from '../../src/providers/vsphere/soap/table.ts'
import { runTask } from '../../src/providers/vsphere/soap/task.ts'
import { isRef, numberAt } from '../../src/providers/vsphere/soap/vim-value.ts'
import { readXml, type XmlElement } from '../../src/providers/vsphere/soap/xml.ts'
import { connected, type Strict, startStrict } from './strict-bench.ts'
import { adapter, change, createMachine, disk, placeOn, scsi } from './strict-place.ts'
import { Raw, type RawServer } from './strict-raw.ts'
import { lackingGo, startVcsim } from './vcsim.ts'

const kinds = [
  'Datacenter',
  'Folder',
  'ComputeResource',
  'HostSystem',
  'ResourcePool',
  'VirtualMachine',
  'Datastore',
  'Network',
  'DistributedVirtualSwitch',
]

/** Everything that everything in the inventory says about itself. */
function allElement(view: string, collector: string): string {
  const propSet = kinds.map((kind) => `<propSet><type>${kind}</type><all>true</all></propSet>`).join('')
  const step =
    '<selectSet xsi:type="TraversalSpec"><type>ContainerView</type><path>view</path><skip>false</skip></selectSet>'
  const objectSet = `<objectSet><obj type="ContainerView">${view}</obj><skip>true</skip>${step}</objectSet>`
  return (
    `<RetrievePropertiesEx xmlns="urn:vim25"><_this type="PropertyCollector">${collector}</_this>` +
    `<specSet>${propSet}${objectSet}</specSet><options></options></RetrievePropertiesEx>`
  )
}

async function allOf(server: RawServer, version: string): Promise<readonly XmlElement[]> {
  const raw = await Raw.open(server, version)
  const root = server.kind === 'esxi' ? 'ha-folder-root' : 'group-d1'
  const made = await raw.call(
    '<CreateContainerView xmlns="urn:vim25"><_this type="ViewManager">ViewManager</_this>' +
      `<container type="Folder">${root}</container><recursive>true</recursive></CreateContainerView>`,
  )
  const view = /<returnval [^>]*>([^<]+)</.exec(made.text)?.[1] ?? ''
  const { status, text } = await raw.call(allElement(view, raw.collector))
  assert.equal(status, 200, text)
  const objects: XmlElement[] = []
  const collect = (element: XmlElement) => {
    if (element.name === 'objects') objects.push(element)
    else for (const child of element.children) collect(child)
  }
  collect(readXml(text))
  return objects
}

interface Property {
  /** `HostSystem.summary` */
  readonly place: string
  readonly kind: string
  readonly name: string
  readonly value: XmlElement
}

function propertiesIn(objects: readonly XmlElement[]): readonly Property[] {
  return objects.flatMap(({ children }) => {
    const kind = children.find(({ name }) => name === 'obj')?.attributes.get('type') ?? ''
    return children
      .filter(({ name }) => name === 'propSet')
      .flatMap(({ children: [named, value] }) =>
        named && value ? [{ place: `${kind}.${named.text}`, kind, name: named.text, value }] : [],
      )
  })
}

/** What is wrong with an object: fields out of order, of no such type, newer than asked for, or missing. */
function wrongIn(element: XmlElement, declared: string, place: string, version: string): readonly string[] {
  const type = element.type ?? declared
  const fields = fieldsOf(type)
  if (!fields) return []
  if (fieldsOf(declared) && !descends(type, declared)) return [`${place}: ${type} is no ${declared}`]
  const known = fields.filter(({ since }) => compareApi(since, version) <= 0)
  const names = element.children.map(({ name }) => name)
  const order = names.map((name) => known.findIndex((field) => field.name === name))
  const wrong = names
    .filter((_, at) => order[at] === -1)
    .map((name) => `${place}: there is no ${type}.${name}`)
  if (order.some((at, index) => index > 0 && at < (order[index - 1] ?? 0)))
    wrong.push(`${place}: out of order`)
  const missing = known.filter(
    (field) => !field.isOptional && !field.type.endsWith('[]') && !names.includes(field.name),
  )
  wrong.push(...missing.map(({ name }) => `${place}: ${type}.${name} is missing`))
  const inner = element.children.flatMap((child) => {
    const field = known.find(({ name }) => name === child.name)
    return field ? wrongIn(child, field.type.replace('[]', ''), `${place}.${child.name}`, version) : []
  })
  return [...wrong, ...inner]
}

function wrongInProperty({ kind, name, place, value }: Property, version: string): readonly string[] {
  const declared = propertyType(kind, name) ?? ''
  if (!declared.endsWith('[]')) return wrongIn(value, declared, place, version)
  return value.children.flatMap((child) => wrongIn(child, declared.replace('[]', ''), place, version))
}

/** Of hosts and machines a real server says much more than anybody here asks for. */
const leftOut = /(HostCapability|VirtualMachineCapability)\.\w+ is missing/

/** A running machine with devices, settings and snapshots, and what only a vCenter has. */
async function furnish(strict: Strict): Promise<void> {
  await using session = await connected(strict)
  const { connection } = session
  const place = await placeOn(connection)
  const deviceChange = [
    change('add', scsi),
    change('add', disk(64), 'create'),
    change('add', adapter('VM Network')),
  ]
  const extraConfig = [{ key: 'guestinfo.a', value: 'b' }]
  const machine = await createMachine(connection, place, { name: 'whole', deviceChange, extraConfig })
  await runTask(connection, 'PowerOnVM_Task', machine, {})
  for (const name of ['one', 'two']) {
    await runTask(connection, 'CreateSnapshot_Task', machine, { name, memory: true, quiesce: false })
  }
  if (!connection.isVCenter) return
  const share = {
    reservation: 0,
    expandableReservation: true,
    limit: -1,
    shares: { shares: 0, level: 'normal' },
  }
  const resSpec = { cpuAllocation: share, memoryAllocation: share }
  const vApp = { name: 'lab', resSpec, configSpec: { annotation: 'ours' }, vmFolder: place.folder }
  await connection.call('CreateVApp', place.pool, vApp)
  const host = place.hosts.map((ref) => ({ operation: 'add', host: ref }))
  const configSpec = { $type: 'VMwareDVSConfigSpec', name: 'wide', host }
  const dvs = await runTask(connection, 'CreateDVS_Task', place.networkFolder, { spec: { configSpec } })
  if (dvs !== undefined && isRef(dvs))
    await runTask(connection, 'AddDVPortgroup_Task', dvs, { spec: [{ name: 'far' }] })
  const manager = connection.service('customFieldsManager')
  const field = await connection.call('AddCustomFieldDef', manager, { name: 'ours' })
  await connection.call('SetField', manager, {
    entity: machine,
    key: numberAt(field, 'key') ?? 0,
    value: 'yes',
  })
}

for (const kind of ['vcenter', 'esxi'] as const) {
  for (const version of ['5.5', '6.7', '8.0.3.0', '9.0.0.0']) {
    test(`answers of ${kind} of API ${version} are in order and complete`, async (t) => {
      const strict = await startStrict({
        kind,
        apiVersion: version,
        inventory: { machinesPerHost: 1, loneHosts: 1 },
      })
      t.after(() => strict.close())
      await furnish(strict)
      const properties = propertiesIn(await allOf(strict, version))
      assert.ok(properties.length > 100, String(properties.length))
      const wrong = properties.flatMap((property) => wrongInProperty(property, version))
      assert.deepEqual(
        [...new Set(wrong)].filter((one) => !leftOut.test(one)),
        [],
      )
    })
  }
}

test('a client of an older API is told nothing that came later', async (t) => {
  const strict = await startStrict({ apiVersion: '9.0.0.0', inventory: { machinesPerHost: 1 } })
  t.after(() => strict.close())
  const wrong = propertiesIn(await allOf(strict, '5.5')).flatMap((property) =>
    wrongInProperty(property, '5.5'),
  )
  assert.deepEqual(
    [...new Set(wrong)].filter((one) => !leftOut.test(one)),
    [],
  )
})

/** Each path with the type it shows and whether it holds a text or elements; lists are one path. */
function shapeOf(properties: readonly Property[]): ReadonlyMap<string, ReadonlySet<string>> {
  const shape = new Map<string, Set<string>>()
  const add = (path: string, element: XmlElement) => {
    const isText = element.children.length === 0 && element.text.trim() !== ''
    const what = element.children.length > 0 ? 'elements' : isText ? 'text' : 'nothing'
    const known = shape.get(path) ?? new Set<string>()
    shape.set(path, known.add(`${element.type ?? ''} ${what}`))
    for (const child of element.children) add(`${path}/${child.name}`, child)
  }
  for (const { place, value } of properties) add(place, value)
  return shape
}

async function vcsimFor(t: TestContext, kind: 'vcenter' | 'esxi'): Promise<RawServer> {
  const esx = kind === 'esxi'
  const vcsim = await startVcsim({ esx, tls: false, apiVersion: '8.0.3.0' })
  t.after(() => vcsim[Symbol.asyncDispose]())
  return { ...vcsim, kind }
}

/** Where one of the two simulates something else. */
const otherwise: Readonly<Record<string, string>> = {
  'Datastore.info': 'datastores of vcsim are folders of its machine, ours are VMFS',
  'HostSystem.config/option/value': 'the options of the two are not the same, and each has a type of its own',
}

/** A type that is not shown is the declared one, so only two that are shown can differ. */
function alike(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  const parts = (shapes: ReadonlySet<string>) =>
    [...shapes].map((shape) => shape.split(' ')).filter(([, what]) => what !== 'nothing')
  const [mine, theirs] = [parts(one), parts(other)]
  if (mine.length === 0 || theirs.length === 0) return true
  return mine.some(([type, what]) =>
    theirs.some(([type2, what2]) => what === what2 && (type === '' || type2 === '' || type === type2)),
  )
}

const skip = lackingGo()

for (const kind of ['vcenter', 'esxi'] as const) {
  test(`what ${kind} and vcsim both say, they say in one shape`, { skip }, async (t) => {
    const strict = await startStrict({ kind, inventory: { machinesPerHost: 1, loneHosts: 1 } })
    t.after(() => strict.close())
    const ours = shapeOf(propertiesIn(await allOf(strict, '8.0.3.0')))
    const theirs = shapeOf(propertiesIn(await allOf(await vcsimFor(t, kind), '8.0.3.0')))
    const both = [...ours.keys()].filter((path) => theirs.has(path))
    assert.ok(both.length > 200, String(both.length))
    const differing = both.filter((path) => {
      if (Object.hasOwn(otherwise, path)) return false
      return !alike(ours.get(path) ?? new Set(), theirs.get(path) ?? new Set())
    })
    assert.deepEqual(
      differing.map((path) => [path, [...(ours.get(path) ?? [])], [...(theirs.get(path) ?? [])]]),
      [],
    )
  })
}
