import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { makeOverlays, removeOverlays, settleOverlays, type VxlanEnd, vxlanDevice } from './overlay.ts'

const end: VxlanEnd = {
  vni: 5001,
  nic: 'nic0',
  local: '192.168.50.1',
  peers: ['192.168.50.2', '192.168.50.3'],
  udpPort: 4789,
  learning: true,
}

function scriptOf(overlays: readonly VxlanEnd[]): string {
  const commands = [...makeOverlays(overlays), ...settleOverlays('br0', overlays)]
  const text = commands.map((argv) => argv.at(-1) ?? '').join('\n')
  execFileSync('sh', ['-nc', text])
  return text
}

test('an overlay is a VXLAN device with every peer in its flood list', () => {
  const script = scriptOf([end])
  assert.match(script, /type vxlan id 5001 local 192\.168\.50\.1 dev nic0 dstport 4789 ttl 64 /)
  for (const peer of end.peers) {
    assert.ok(script.includes(`fdb append 00:00:00:00:00:00 dev vxlan5001 dst ${peer}\n`))
  }
  assert.match(scriptOf([{ ...end, learning: false }]), / dstport 4789 nolearning ttl 64 /)
})

test('the names of VXLAN devices fit the largest VNI', () => {
  assert.equal(vxlanDevice({ vni: 16_777_215 }), 'vxlan16777215')
})

test('an address that is none never becomes part of a command', () => {
  const wrong = ['', '1.2.3', '1.2.3.256', '1.2.3.4; reboot', '$(reboot)', '::1']
  for (const local of wrong) assert.throws(() => scriptOf([{ ...end, local }]), { code: 'bridge-name' })
  for (const peer of wrong)
    assert.throws(() => scriptOf([{ ...end, peers: [peer] }]), { code: 'bridge-name' })
  assert.throws(() => scriptOf([{ ...end, nic: '-x;y' }]), { code: 'bridge-name' })
})

/** How `ip -d -o link` shows the device of `end`. */
const there =
  '7: vxlan5001: <BROADCAST> mtu 1450 qdisc noop state DOWN mode DEFAULT group default qlen 1000\\    link/ether ' +
  '02:00:00:00:00:99 brd ff:ff:ff:ff:ff:ff promiscuity 0 minmtu 68 maxmtu 65535 \\    vxlan id 5001 local ' +
  '192.168.50.1 dev nic0 srcport 0 0 dstport 4789 ttl 64 ageing 300 udpcsum'

/** Runs the script with an `ip` and a `bridge` that write down what they are asked. */
function asked(script: string, table: string): string[] {
  const fakes = `
ip() { case "$*" in *show*) echo "$there" ;; *) echo "ip $*" ;; esac; }
bridge() { case "$*" in 'fdb show'*) printf '%s' "$table" ;; *) echo "bridge $*" ;; esac; }
`
  const output = execFileSync('/bin/sh', ['-ec', `${fakes}${script}`], {
    env: { PATH: '', table, there },
    encoding: 'utf8',
  })
  return output.split('\n').filter((line) => /^bridge fdb|^ip link/.test(line))
}

test('a peer that goes takes what was learned about it along, and the device stays', () => {
  const table = [
    '02:00:00:00:00:01 vlan 10 master br-br0 permanent',
    '00:00:00:00:00:00 dst 192.168.50.2 self permanent',
    '00:00:00:00:00:00 dst 192.168.50.20 self permanent',
    '02:00:00:00:00:05 dst 192.168.50.20 self',
    '02:00:00:00:00:06 dst 192.168.50.3 self',
    '',
  ].join('\n')
  assert.deepEqual(asked(scriptOf([end]), table), [
    'bridge fdb del 00:00:00:00:00:00 dev vxlan5001 dst 192.168.50.20',
    'bridge fdb del 02:00:00:00:00:05 dev vxlan5001 dst 192.168.50.20',
  ])
})

test('another own address, NIC, port or way of learning makes the device anew', () => {
  for (const change of [{ local: '192.168.50.9' }, { nic: 'nic1' }, { udpPort: 8472 }, { learning: false }]) {
    const lines = asked(scriptOf([{ ...end, ...change }]), '')
    assert.equal(lines.length, 1)
    assert.match(lines[0] ?? '', /^ip link add name vxlan5001 type vxlan /)
  }
})

test('a bridge that goes takes its VXLAN devices along', () => {
  const script = removeOverlays('br0')[0]?.at(-1) ?? ''
  assert.match(script, /br-br0\/brif\/"\$device"[\s\S]*ip link del dev "\$device"/)
})
