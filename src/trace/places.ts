/** Where a lab file says what a trace is about, as keys from the top with machines by their own names. */

export type KeyPath = readonly (string | number)[]

/** `kvm-1/inner` → machines, kvm-1, hypervisor, machines, inner. */
export function machineKeys(path: string): KeyPath {
  return path
    .split('/')
    .flatMap((name, at) => (at === 0 ? ['machines', name] : ['hypervisor', 'machines', name]))
}

export function levelKeys(owner: string): KeyPath {
  return owner === '' ? [] : [...machineKeys(owner), 'hypervisor']
}

export function switchKeys(owner: string, switchName: string): KeyPath {
  return [...levelKeys(owner), 'switches', switchName]
}

export function portgroupKeys(owner: string, switchName: string, portgroup: string): KeyPath {
  return [...switchKeys(owner, switchName), 'portgroups', portgroup]
}

/** `nic1` is the second one of the file. */
export function nicKeys(machine: string, nic: string): KeyPath {
  return [...machineKeys(machine), 'nics', Number(nic.slice(3))]
}
