import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withNeighbour } from './neighbours.ts'
import { levelOf, type Park, type SimMachine } from './park.ts'

const machine: SimMachine = {
  hardware: {
    path: 'web',
    name: 'web',
    uuid: '',
    level: 1,
    cpus: 1,
    memoryMiB: 96,
    nics: [],
    hypervisor: false,
  },
  settings: '',
  digest: '',
  state: 'running',
  run: 1,
  bootedAtMs: 0,
  files: [],
  refusedRemovals: 0,
}
const park: Park = { lab: 'lab', levels: [{ owner: '', machines: [machine], switches: [] }] }

function table(now: Park): string[] {
  const [file] = levelOf(now, '').machines[0]?.files ?? []
  const text = Buffer.from(file?.content ?? '', 'base64').toString()
  return text
    .split('\n')
    .slice(1)
    .filter((row) => row !== '')
    .map((row) => row.split(/\s+/).join(' '))
}

test('a simulated guest remembers who answered last, and forgets who answers no more', () => {
  const place = { owner: '', name: 'web' }
  const asked = (now: Park, ip: string, mac: string | undefined) =>
    withNeighbour(now, place, { ip, mac, nic: 'nic0' })
  const two = asked(asked(park, '10.0.0.2', '02:00:00:00:00:02'), '10.0.0.3', '02:00:00:00:00:03')
  assert.deepEqual(table(two), [
    '10.0.0.2 0x1 0x2 02:00:00:00:00:02 * nic0',
    '10.0.0.3 0x1 0x2 02:00:00:00:00:03 * nic0',
  ])
  const moved = asked(two, '10.0.0.2', '02:00:00:00:00:09')
  assert.equal(table(moved).filter((row) => row.includes('10.0.0.2')).length, 1)
  assert.ok(table(moved).some((row) => row.includes('02:00:00:00:00:09')))
  assert.deepEqual(table(asked(moved, '10.0.0.2', undefined)), ['10.0.0.3 0x1 0x2 02:00:00:00:00:03 * nic0'])
})
