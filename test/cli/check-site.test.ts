/** `nestlab check --site local` and `nestlab doctor` say the same of this machine. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MachineReport } from '#host'
import type { SiteKnowledge } from '#rules'
import { siteOfReport } from '../../src/probed-site.ts'
import { Desk, simulatedLab } from './command.ts'

const words = { kvm: /KVM/, tcg: /TCG \(emulation\)/, none: /nothing/ }

test('check judges level 0 by what doctor finds', async () => {
  await using desk = await Desk.open()
  await desk.write('demo.lab.yaml', simulatedLab)
  const report = JSON.parse((await desk.run(['doctor', '--json'])).stdout) as MachineReport
  const answer = await desk.run(['check', '--site', 'local', '--json'])
  const { site, findings } = JSON.parse(answer.stdout) as {
    site: SiteKnowledge
    findings: readonly { readonly rule: string }[]
  }
  assert.equal(site.origin, 'probed')
  assert.equal(site.accelerator, report.accelerator.accelerator)
  assert.equal(site.hosts[0]?.memoryMiB, report.memoryMiB)
  assert.equal(site.hosts[0]?.cpu?.threads, report.cpus)
  const isEmulated = report.accelerator.accelerator === 'tcg'
  assert.equal(
    findings.some(({ rule }) => rule === 'cpu/accelerator'),
    isEmulated,
  )
  const { stdout } = await desk.run(['check', '--site', 'local'])
  assert.match(stdout.split('\n')[0] ?? '', words[report.accelerator.accelerator])
  assert.match((await desk.run(['doctor'])).stdout, words[report.accelerator.accelerator])
  if (isEmulated) {
    // The doctor says that labs work at every level, only slower: so nothing may be an error for want of KVM.
    assert.match(stdout, /no usable KVM/)
    assert.equal(answer.code, 0, answer.stdout)
  }
  assert.match((await desk.expect(2, 'check', '--site', 'moon')).stderr, /\(site-unknown\)/)
})

test('what a look at the machine did not find out is not known', () => {
  const accelerator = {
    accelerator: 'none',
    because: 'There is no QEMU.',
    proven: false,
    provenAt: '2026-11-28T00:00:00Z',
    bootId: '',
    qemuVersion: '',
  } as const
  const unknown = { host: 'there', accelerator, cpus: 0, memoryMiB: 0, availableMiB: 0, findings: [] }
  assert.deepEqual(siteOfReport(unknown), {
    origin: 'probed',
    hosts: [{ name: 'this-machine', product: 'kvm', cpu: {}, disksMiB: [], nics: [] }],
    accelerator: 'none',
  })
})

test('an old processor and a KVM that does not nest are told to the rules', () => {
  const said = (id: string, value: string, verdict: 'yes' | 'no') => ({
    id,
    title: id,
    value,
    verdict,
    means: '',
  })
  const accelerator = {
    accelerator: 'kvm',
    because: 'It ran.',
    proven: true,
    provenAt: '2026-11-28T00:00:00Z',
    bootId: '',
    qemuVersion: '7.2',
  } as const
  const findings = [
    said('cpu.vendor', 'Intel(R) Xeon(R) CPU E3-1230 V2 @ 3.30GHz, 8 logical', 'yes'),
    said('cpu.generation', 'Ivy Bridge (2012)', 'yes'),
    said('cpu.64bit', 'yes', 'yes'),
    said('cpu.virtualization', 'yes', 'yes'),
    said('kvm.nested', 'kvm_intel.nested=N', 'no'),
  ]
  const report = { host: 'x', accelerator, cpus: 8, memoryMiB: 32_768, availableMiB: 30_000, findings }
  assert.deepEqual(siteOfReport(report), {
    origin: 'probed',
    hosts: [
      {
        name: 'this-machine',
        product: 'kvm',
        cpu: {
          model: 'Intel(R) Xeon(R) CPU E3-1230 V2 @ 3.30GHz',
          generation: 'ivy-bridge',
          bits: 64,
          virtualization: true,
          threads: 8,
        },
        memoryMiB: 32_768,
        nested: false,
        disksMiB: [],
        nics: [],
      },
    ],
    accelerator: 'kvm',
    memoryAvailableMiB: 30_000,
  })
})
