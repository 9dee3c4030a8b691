/** Which ESXi host of a lab a command is about. */
import { fail } from './errors.ts'
import type { EsxiCommands, EsxiHost } from './esxi-contract.ts'
import { loadLab } from './pick-lab.ts'
import type { Call } from './verb.ts'

/** Problems of the lab file are printed here; then there is no host, and the command ends with 1. */
export async function pickHost(call: Call, esxi: EsxiCommands): Promise<EsxiHost | undefined> {
  const loaded = await loadLab(call)
  if (!loaded) return undefined
  const { lab } = loaded
  const [path = ''] = call.args
  const hosts = esxi.hosts(lab)
  const machine = hosts.find((one) => one.path === path)
  if (!machine) throw fail('esxi-host-unknown', { lab: lab.name, path, hosts: hosts.map((one) => one.path) })
  return { lab, machine }
}

/** Paths of the other hosts that a lab starts from the same thing. */
export function sharersOf(esxi: EsxiCommands, { lab, machine }: EsxiHost): readonly string[] {
  const image = imageNameOf({ lab, machine })
  const sharers = esxi.hosts(lab).filter((one) => one.path !== machine.path)
  return image === undefined
    ? []
    : sharers.filter((one) => imageNameOf({ lab, machine: one }) === image).map(({ path }) => path)
}

/** What sites call that which it starts from; undefined where the lab names a file or an address. */
function imageNameOf({ machine: { image } }: EsxiHost): string | undefined {
  return image.from === 'catalogue' ? image.name : undefined
}
