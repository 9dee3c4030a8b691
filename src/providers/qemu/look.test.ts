import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LabSwitch, Machine } from '#lab'
import { levelPaths, machinePaths } from '#store'
import { readFound, switchLine } from './look.ts'
import { recordLine, recordOf } from './record.ts'

const level = levelPaths({ state: '/s', run: '/r' }, 'demo')

const machine = (name: string): Machine => ({
  path: name,
  name,
  level: 1,
  uuid: '6ba7b810-9dad-51d1-80b4-00c04fd430c8',
  image: { from: 'catalogue', name: 'tiny' },
  cpus: 1,
  memoryMiB: 96,
  nics: [],
})
const record = (name: string) =>
  recordLine(
    recordOf({ machine: machine(name), boot: { disks: [], settings: '' }, digest: `digest-${name}` }),
  )

const processOf = (name: string, ...more: string[]) =>
  ['qemu-system-x86_64', '-name', name, '-pidfile', machinePaths(level, name).pid, ...more, ''].join('\0')

const lan: LabSwitch = { name: 'lan', kind: 'standard', mtu: 1500, uplinks: [], portgroups: [] }

test('each state is told apart by what is on disk and what runs', () => {
  const text = [
    'machine new - -\nmachine on 7 started\nmachine off - started\nmachine dead 8 started\n',
    'machine reused 9 started\nmachine torn 0 -\nmachine broken - -\nlink lo\nlink br-lan\n--records--\n',
    ...['new', 'on', 'off', 'dead', 'reused', 'torn'].map(record),
    '{"version":1,"dig\n',
    switchLine({ wanted: lan, digest: 's' }),
    '--processes--\n',
    processOf(
      'on',
      '-accel',
      'tcg,thread=multi',
      '-netdev',
      'user,id=net-ctl0,hostfwd=tcp:127.0.0.1:20123-:22',
    ),
    ['node', '/srv/web.js', '-accel', 'kvm', ''].join('\0'),
  ].join('')
  const found = readFound(text, level)
  assert.deepEqual(
    found.machines.map(({ name, state, record, ...rest }) => [name, state, record?.digest, rest]),
    [
      ['new', 'created', 'digest-new', {}],
      ['on', 'running', 'digest-on', { pid: 7, accelerator: 'tcg', controlPort: 20123 }],
      ['off', 'stopped', 'digest-off', {}],
      ['dead', 'crashed', 'digest-dead', {}],
      ['reused', 'crashed', 'digest-reused', {}],
      ['torn', 'crashed', 'digest-torn', {}],
      ['broken', 'created', undefined, {}],
    ],
  )
  assert.deepEqual(found.switches, [{ version: 1, wanted: lan, digest: 's' }])
  assert.deepEqual([...found.links], ['lo', 'br-lan'])
})

test('a place where nothing was ever made has nothing', () => {
  assert.deepEqual(readFound('', level), { machines: [], switches: [], links: new Set() })
})

test('a process of another lab with a machine of the same name is not taken for it', () => {
  const other = machinePaths(levelPaths({ state: '/s', run: '/r' }, 'other'), 'on').pid
  const text = `machine on 7 started\n--records--\n${record('on')}--processes--\nqemu\0-pidfile\0${other}\0`
  assert.equal(readFound(text, level).machines[0]?.state, 'crashed')
})

test('a machine with a note that it is held is paused while its process runs, and ended when it has ended', () => {
  const rows = 'machine on 7 started held\nmachine dead 8 started held\nmachine fresh - - held\n'
  const found = readFound(`${rows}--records--\n--processes--\n${processOf('on')}`, level)
  assert.deepEqual(
    found.machines.map(({ name, state }) => [name, state]),
    [
      ['on', 'paused'],
      ['dead', 'crashed'],
      ['fresh', 'created'],
    ],
  )
})
