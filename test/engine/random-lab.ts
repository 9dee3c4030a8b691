/** Makes small random labs and random edits of them, the same for the same seed. */

export type LabObject = Record<string, unknown>

interface RandomMachine {
  readonly memory: string
  readonly cpus: number
  readonly portgroup: string
  readonly inside?: Readonly<Record<string, RandomMachine>>
}

export interface RandomLab {
  readonly promiscuous: boolean
  readonly machines: Readonly<Record<string, RandomMachine>>
}

/** Numbers from 0 up to 1 (the mulberry32 generator). */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function randomLab(random: () => number): RandomLab {
  return { promiscuous: random() < 0.5, machines: randomMachines(random, 1) }
}

/** Changes, adds and removes machines at any depth, and sometimes a policy. */
export function randomEdit(lab: RandomLab, random: () => number): RandomLab {
  const promiscuous = random() < 0.3 ? !lab.promiscuous : lab.promiscuous
  return { promiscuous, machines: editedMachines(lab.machines, random, 1) }
}

export function labObject(name: string, lab: RandomLab): LabObject {
  const security = { promiscuous: lab.promiscuous ? 'accept' : 'reject' }
  const lan = { portgroups: { a: { security }, b: {} } }
  // Brings every image into the libraries of all hypervisors from the start.
  const [a, b] = ['tiny', 'kvm-node'].map((image) => ({ image, memory: '64MiB', nics: [{ portgroup: 'a' }] }))
  const switches = { br0: { portgroups: { a: {} } } }
  const hypervisor = { product: 'kvm', switches, machines: { a, b } }
  const constant = { image: 'kvm-node', memory: '1GiB', nics: [{ portgroup: 'a' }], hypervisor }
  return { name, switches: { lan }, machines: { ...machineObjects(lab.machines), constant } }
}

/** What each machine is made from, hypervisors around it included: equal text = it must not be restarted. */
export function makings(lab: RandomLab): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const add = (machines: RandomLab['machines'], owner: string, around: string) => {
    for (const [name, { inside, ...rest }] of Object.entries(machines)) {
      const path = owner ? `${owner}/${name}` : name
      const text = `${around} ${JSON.stringify({ ...rest, hypervisor: inside !== undefined })}`
      found.set(path, text)
      if (inside) add(inside, path, text)
    }
  }
  add(lab.machines, '', '')
  return found
}

const names = ['ann', 'bob', 'cid']

function randomMachines(random: () => number, depth: number): Record<string, RandomMachine> {
  const count = depth === 1 ? 1 + Math.floor(random() * 3) : Math.floor(random() * 3)
  return Object.fromEntries(names.slice(0, count).map((name) => [name, randomMachine(random, depth)]))
}

function randomMachine(random: () => number, depth: number): RandomMachine {
  const plain = {
    memory: `${64 + 32 * Math.floor(random() * 2)}MiB`,
    cpus: 1 + Math.floor(random() * 2),
    portgroup: random() < 0.7 ? 'a' : 'b',
  }
  const nests = random() < (depth === 1 ? 0.6 : depth === 2 ? 0.3 : 0)
  return nests ? { ...plain, memory: '1GiB', inside: randomMachines(random, depth + 1) } : plain
}

function editedMachines(
  machines: Readonly<Record<string, RandomMachine>>,
  random: () => number,
  depth: number,
): Record<string, RandomMachine> {
  const edited: Record<string, RandomMachine> = {}
  for (const [name, machine] of Object.entries(machines)) {
    const dice = random()
    // Somebody has to stay: a lab without machines is none.
    if (dice < 0.15 && Object.keys(edited).length > 0) continue
    const inside = machine.inside && editedMachines(machine.inside, random, depth + 1)
    const same = inside ? { ...machine, inside } : machine
    edited[name] = dice > 0.85 ? { ...same, cpus: 3 - machine.cpus } : same
  }
  if (random() < 0.3) edited.new ??= randomMachine(random, depth)
  return edited
}

function machineObjects(machines: Readonly<Record<string, RandomMachine>>): LabObject {
  return Object.fromEntries(
    Object.entries(machines).map(([name, { inside, portgroup, ...rest }]) => [
      name,
      {
        ...rest,
        image: inside ? 'kvm-node' : 'tiny',
        nics: [{ portgroup }],
        ...(inside && { hypervisor: insideObject(inside) }),
      },
    ]),
  )
}

function insideObject(inside: Readonly<Record<string, RandomMachine>>): LabObject {
  const br0 = { uplinks: ['nic0'], portgroups: { a: {}, b: {} } }
  return { product: 'kvm', switches: { br0 }, machines: machineObjects(inside) }
}
