import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PortForward, ResolvedLab } from '#lab'
import { switchNotes } from './switch-notes.ts'

test('a plan says which forwarded ports others than this machine can use', () => {
  const forward = (hostIp: string, hostPort: number): PortForward => ({
    protocol: 'tcp',
    hostIp,
    hostPort,
    guestIp: '10.0.10.7',
    guestPort: 80,
  })
  const forwards = [forward('127.0.0.1', 8080), forward('0.0.0.0', 8081), forward('192.168.1.5', 8082)]
  const gateway = { ip: '10.0.10.1', prefixLength: 24 }
  const s = {
    name: 's',
    kind: 'standard' as const,
    mtu: 1500,
    uplinks: [{ kind: 'nat' as const, gateway, forwards }],
    portgroups: [],
  }
  const lab: ResolvedLab = {
    name: 'lab',
    site: 'local',
    top: { owner: '', switches: [s], machines: [] },
    pending: [],
  }
  const texts = switchNotes({}, lab, 'process').map(({ path, text }) => `${path}: ${text}`)
  assert.deepEqual(texts, [
    's: port 8081/tcp of every address of this machine leads to 10.0.10.7:80; whoever reaches this machine can use it.',
    's: port 8082/tcp of 192.168.1.5 leads to 10.0.10.7:80; whoever reaches this machine can use it.',
  ])
})
