/** Labs that break rules, for the tests of `nestlab check`. */

/** Boots from too small a disk; with comments, layout of its own, and windows' line ends where wanted. */
export const smallDisk = `# A lab with a history.   
nestlab: 1
name: small   # not large

machines:
    esx:   # the only one
        memory: "8GiB"
        bootDisk:   8GiB   # from another disk
        hypervisor: { product: esxi,   version: '7.0' }


# The end, without a line feed`

/** The disk comes from a template; five machines are made of it. */
export const smallDiskOfTemplate = `nestlab: 1
name: templated
templates:
  esx:
    memory: 8GiB
    bootDisk: 8GiB
    hypervisor: { product: esxi, version: "7.0" }
machines:
  esx: { extends: esx, count: 5 }
  other: { extends: esx, bootDisk: 16GiB }
`

/** Nothing is wrong with it but that it accepts what there is not. */
export const needless = `nestlab: 1
name: needless
site: sim
machines:
  web: { image: tiny }
suppress:
  - { rule: storage/boot-disk, reason: it was there once }
`

/** What a rule names is text of the file: here it tries to drive the terminal, and the runner of a pipeline. */
export const hostile = `nestlab: 1
name: hostile
machines:
  web: { image: tiny }
suppress:
  - { rule: "x\\n::error::owned", reason: "another reason than it was" }
  - { rule: "##[add-mask]owned", reason: "another reason than it was" }
  - { rule: "\\e[31mred\\u009b31m\\u202e, %0A: %", reason: "another reason than it was" }
`
