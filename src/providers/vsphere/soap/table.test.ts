import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import written from './table.json' with { type: 'json' }
import {
  compareApi,
  descends,
  fieldsOf,
  isDataType,
  methodOf,
  newestApi,
  propertyOf,
  typeSince,
} from './table.ts'

type Row = readonly [string, string, string, number]

const types = Object.entries(
  written.types as unknown as Record<string, { extends?: string; since: string; fields: Row[] }>,
)
const methods = Object.entries(
  written.methods as unknown as Record<string, { since: string; parameters: Row[]; returns: string }>,
)
const objects = Object.entries(written.objects as unknown as Record<string, Record<string, [string, string]>>)
const faults = Object.entries(written.faults as Record<string, string[]>)

const primitives = new Set([
  ...['string', 'boolean', 'int', 'long', 'short', 'byte', 'double', 'float'],
  ...['dateTime', 'base64Binary', 'anyURI', 'anyType', 'ManagedObjectReference'],
])
const isType = (type: string) => {
  const inner = type.replace(/\[\]$/, '')
  return primitives.has(inner) || isDataType(inner)
}
const isVersion = (version: string) => /^\d+(\.\d+){1,3}$/.test(version)

describe('The table of the vSphere API', () => {
  it('has a type that exists for each field, parameter, result and property', () => {
    const wrong = [
      ...types.flatMap(([type, { fields }]) => fields.map((row) => [`${type}.${row[0]}`, row[1]])),
      ...methods.flatMap(([name, { parameters }]) => parameters.map((row) => [`${name}.${row[0]}`, row[1]])),
      ...methods
        .filter(([, { returns }]) => returns !== 'void')
        .map(([name, { returns }]) => [name, returns]),
      ...objects.flatMap(([name, rows]) =>
        Object.entries(rows).map(([path, [type]]) => [`${name}.${path}`, type]),
      ),
    ].filter(([, type]) => !isType(type ?? ''))
    assert.deepEqual(wrong, [])
  })

  it('has a version that is one, and not newer than the newest, everywhere', () => {
    const versions = new Set([
      ...types.flatMap(([, { since, fields }]) => [since, ...fields.map((row) => row[2])]),
      ...methods.flatMap(([, { since, parameters }]) => [since, ...parameters.map((row) => row[2])]),
      ...objects.flatMap(([, rows]) => Object.values(rows).map(([, since]) => since)),
    ])
    assert.deepEqual(
      [...versions].filter((one) => !isVersion(one) || compareApi(one, newestApi) > 0),
      [],
    )
    assert.ok(isVersion(newestApi))
  })

  it('has a parent that exists, and no circle, for each type', () => {
    const wrong = types.filter(
      ([type, row]) =>
        row.extends !== undefined && !(isDataType(row.extends) && !descends(row.extends, type)),
    )
    assert.deepEqual(wrong, [])
  })

  it('has each field once, those that are inherited before those that are added', () => {
    for (const [type, row] of types) {
      const names = fieldsOf(type)?.map(({ name }) => name) ?? []
      assert.deepEqual(names, [...new Set(names)], type)
      assert.deepEqual(
        names.slice(names.length - row.fields.length),
        row.fields.map(([name]) => name),
        type,
      )
    }
  })

  it('has no data type that could be mistaken for a reference', () => {
    const alike = types.filter(([type]) => {
      const names = fieldsOf(type)?.map(({ name }) => name) ?? []
      return names.length === 2 && names.includes('type') && names.includes('value')
    })
    assert.deepEqual(alike, [])
  })

  it('knows of each fault what it is a kind of', () => {
    const names = faults.flatMap(([, children]) => children)
    assert.deepEqual(names, [...new Set(names)])
    assert.deepEqual(
      names.filter((name) => !descends(name, 'MethodFault') || isDataType(name)),
      [],
    )
    assert.ok(descends('InsufficientFailoverResourcesFault', 'InsufficientResourcesFault'))
  })

  // From the reference of the API and the facts about versions, independent of the generator.
  for (const [type, field, since] of [
    ['VirtualMachineConfigSpec', 'nestedHVEnabled', '5.1'],
    ['VirtualMachineConfigSpec', 'vPMCEnabled', '5.1'],
    ['VirtualMachineConfigSpec', 'firmware', '5.0'],
    ['VMwareDVSPortSetting', 'macManagementPolicy', '6.7'],
    ['VirtualMachineConfigSpec', 'rebootPowerOff', '8.0.0.1'],
    ['VirtualMachineCapability', 'nestedHVSupported', '5.1'],
    ['RetrieveResult', 'token', '4.1'],
  ] as const) {
    it(`knows ${type}.${field} since API ${since}`, () => {
      assert.equal(fieldsOf(type)?.find(({ name }) => name === field)?.since, since)
    })
  }

  it('knows the order in which a server wants the fields of a machine', () => {
    const names = fieldsOf('VirtualMachineConfigSpec')?.map(({ name }) => name) ?? []
    const some = [
      'changeVersion',
      'name',
      'version',
      'uuid',
      'guestId',
      'files',
      'numCPUs',
      'memoryMB',
      'deviceChange',
      'extraConfig',
      'nestedHVEnabled',
    ]
    assert.deepEqual(
      names.filter((name) => some.includes(name)),
      some,
    )
  })

  it('knows methods, what they return, and since when', () => {
    assert.deepEqual(
      methodOf('UpdatePortGroup')?.parameters.map(({ name }) => name),
      ['pgName', 'portgrp'],
    )
    assert.equal(methodOf('CreateVM_Task')?.returns, 'ManagedObjectReference')
    assert.equal(methodOf('CreateVM_Task')?.since, '2.0')
  })

  it('knows properties by their paths, as new as the newest step', () => {
    assert.deepEqual(propertyOf('VirtualMachine', 'config.hardware.numCPU'), { type: 'int', since: '2.0' })
    assert.equal(propertyOf('VirtualMachine', 'config.nestedHVEnabled')?.since, '5.1')
    assert.equal(propertyOf('VirtualMachine', 'config.noSuchField'), undefined)
    assert.equal(propertyOf('NoSuchObject', 'name'), undefined)
  })

  for (const name of ['constructor', '__proto__', 'toString']) {
    it(`does not take ${name} for one of its names`, () => {
      assert.equal(fieldsOf(name), undefined)
      assert.equal(methodOf(name), undefined)
      assert.equal(typeSince(name), undefined)
      assert.equal(propertyOf(name, name), undefined)
      assert.equal(propertyOf('VirtualMachine', name), undefined)
      assert.equal(descends(name, 'VirtualDevice'), false)
    })
  }
})

describe('Versions of the API', () => {
  it('are in the order in which they appeared', () => {
    const inOrder = [
      '2.0',
      '2.5',
      '4.0',
      '4.1',
      '5.0',
      '5.1',
      '5.5',
      '6.0',
      '6.5',
      '6.7',
      '6.7.1',
      '6.7.3',
      '7.0.0.0',
      '7.0.1.0',
      '7.0.10.0',
      '8.0.0.1',
      '8.0.3.0',
      '9.0.0.0',
      '10.0.0.0',
    ]
    assert.deepEqual([...inOrder].reverse().sort(compareApi), inOrder)
  })

  it('may leave out zeros at their end', () => {
    assert.equal(compareApi('6.7', '6.7.0.0'), 0)
    assert.ok(compareApi('6.7', '6.7.1') < 0)
  })
})
