import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { loadLab, loadLabObject } from '#lab'
import { defineLab } from './index.ts'

test('a lab written in TypeScript means the same as its YAML', () => {
  const lab = defineLab({
    nestlab: 1,
    name: 'three-levels',
    purpose: 'Run a command on level 3.',
    switches: { vSwitch0: { portgroups: { management: {} } } },
    machines: {
      outer: {
        image: 'kvm-node',
        cpus: 1,
        memory: '1GiB',
        nics: [{ portgroup: 'management', address: '192.168.20.0/24' }],
        hypervisor: {
          product: 'kvm',
          switches: { br0: { portgroups: { middle: {} } } },
          machines: {
            inner: {
              image: 'kvm-node',
              cpus: 1,
              memory: '512MiB',
              nics: [{ portgroup: 'middle', address: '192.168.30.0/24' }],
              hypervisor: {
                product: 'kvm',
                switches: { br0: { portgroups: { apps: {} } } },
                machines: {
                  app: {
                    image: 'tiny',
                    memory: '96MiB',
                    nics: [{ portgroup: 'apps', address: '192.168.40.0/24' }],
                  },
                },
              },
            },
          },
        },
      },
    },
  })
  const example = readFileSync(new URL('../examples/three-levels.lab.yaml', import.meta.url))
  const fromText = loadLab(example, { file: 'three-levels.lab.yaml' })
  const fromObject = loadLabObject(lab, { file: 'three-levels.lab.ts' })
  assert.deepEqual([fromObject.lab, fromObject.problems], [fromText.lab, []])
})

test('the types of a lab refuse unknown keys and wrong words', () => {
  const lab = defineLab({
    nestlab: 1,
    name: 'lab',
    // @ts-expect-error `cpu` is not a key
    machines: { web: { image: 'tiny', cpu: 2 } },
    // @ts-expect-error `standart` is no kind of switch
    switches: { s: { kind: 'standart' } },
  })
  assert.equal(loadLabObject(lab, { file: 'x.ts' }).problems.length, 2)
})
