/** The NoCloud seed: a small read-only disk that tells cloud-init who this machine is. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gatewayOf, type Machine, type ResolvedLab } from '#lab'
import { runTool } from '../build/run-tool.ts'
import type { LabKeys } from '../guest.ts'
import type { ImageStore } from '../images/store.ts'
import { controlMac, mtuOf } from '../settings.ts'

export interface SeedOf {
  readonly lab: ResolvedLab
  readonly machine: Machine
  readonly keys: LabKeys
}

/** The same machine gives the same bytes, so that an unchanged machine is seen as unchanged. */
export async function cloudSeed({
  store,
  ...of
}: SeedOf & { readonly store: ImageStore }): Promise<Uint8Array> {
  return store.inScratch(async (folder) => {
    const texts = seedTexts(of)
    for (const [name, text] of Object.entries(texts))
      await writeFile(join(folder, name), text, { mode: 0o600 })
    const disk = `${folder}/seed.iso`
    const fixed = ['--modification-date=2000010100000000', '--set_all_file_dates', '2000010100000000']
    const names = Object.keys(texts).map((name) => join(folder, name))
    const argv = [
      'xorriso',
      '-as',
      'mkisofs',
      '-quiet',
      '-V',
      'cidata',
      '-J',
      '-r',
      ...fixed,
      '-o',
      disk,
      ...names,
    ]
    await runTool(argv, { signal: AbortSignal.timeout(60_000) })
    return readFile(disk)
  })
}

/** JSON is YAML, and no value can break out of it. */
export function seedTexts({ lab, machine, keys }: SeedOf): Readonly<Record<string, string>> {
  const userData = {
    hostname: machine.name,
    preserve_hostname: false,
    disable_root: false,
    ssh_pwauth: false,
    ssh_deletekeys: true,
    ssh_keys: { ed25519_private: keys.hostPrivate, ed25519_public: keys.hostPublic },
    users: [{ name: 'root', lock_passwd: true, ssh_authorized_keys: [keys.clientPublic] }],
  }
  return {
    'meta-data': `${JSON.stringify({ 'instance-id': machine.uuid, 'local-hostname': machine.name })}\n`,
    'user-data': `#cloud-config\n${JSON.stringify(userData)}\n`,
    'network-config': `${JSON.stringify({ version: 2, ethernets: ethernets(lab, machine) })}\n`,
  }
}

function ethernets(lab: ResolvedLab, machine: Machine) {
  const leader = machine.nics.find((nic) => gatewayOf(lab, machine.path, nic))
  const nics = machine.nics.map((nic) => {
    const where = nic.address ? { addresses: [`${nic.address.ip}/${nic.address.prefixLength}`] } : {}
    const way = nic === leader ? gatewayOf(lab, machine.path, nic) : undefined
    const out = way
      ? { routes: [{ to: '0.0.0.0/0', via: way.ip }], nameservers: { addresses: [way.nameServer] } }
      : {}
    return [nic.name, { ...link(nic.name, nic.mac), mtu: mtuOf(lab, machine, nic), ...where, ...out }]
  })
  const control = { ...link('ctl0', controlMac), addresses: ['10.0.2.15/24'] }
  return Object.fromEntries([...nics, ['ctl0', control]])
}

/** Optional, or a cloud-init system waits two minutes for a NIC that has no address. */
function link(name: string, mac: string) {
  return {
    match: { macaddress: mac },
    'set-name': name,
    optional: true,
    dhcp4: false,
    dhcp6: false,
    'link-local': [],
  }
}
