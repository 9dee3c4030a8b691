import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readReport } from './report.ts'

const busybox = `2: nic0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel qlen 1000
    link/ether 52:54:00:00:00:01 brd ff:ff:ff:ff:ff:ff
    inet 10.0.10.7/24 scope global nic0
       valid_lft forever preferred_lft forever
    inet6 fe80::5054:ff:fe00:1/64 scope link tentative
3: ctl0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel qlen 1000
    link/ether 52:54:00:fe:fe:01 brd ff:ff:ff:ff:ff:ff
    inet 10.0.2.15/24 scope global ctl0
`
const answer = (accelerator: string) => `web\n--\n4.58 3.10\n--\n${busybox}--\n${accelerator}`

test('a report holds name, links, addresses and uptime, without the control NIC', () => {
  assert.deepEqual(readReport(answer('')), {
    hostname: 'web',
    uptimeSeconds: 4.58,
    links: [{ name: 'nic0', mac: '52:54:00:00:00:01', addresses: ['10.0.10.7/24'] }],
  })
})

test('a hypervisor reports the accelerator it has proven', () => {
  assert.equal(readReport(answer('kvm\n'))?.accelerator, 'kvm')
  assert.equal(readReport(answer('tcg\n'))?.accelerator, 'tcg')
  assert.equal(readReport(answer('maybe\n'))?.accelerator, undefined)
})

test('an answer that is cut off is no report', () => {
  assert.equal(readReport(''), undefined)
  assert.equal(readReport('web\n--\n'), undefined)
  assert.equal(readReport('sh: hostname: not found\n'), undefined)
})
