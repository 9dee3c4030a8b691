/** Lets a person accept the certificate that a nested host of a lab shows now. */
import type { NestedTrust } from '#cli'
import { machinesOf } from '#lab'
import { loadLabRecord, loadSite, type Roots } from '#store'
import { failSite } from './errors.ts'
import { shownCertificate } from './providers/vsphere/soap/transport.ts'
import { pinOf } from './vsphere-pins.ts'
import { addressOf } from './vsphere-site.ts'

export function openNestedTrust(roots: Roots): NestedTrust {
  return {
    look: async (lab, path, signal) => {
      const url = await addressIn(roots, lab, path)
      const { fingerprint } = await shownCertificate(url, signal)
      const known = await pinOf(roots, lab, path).known()
      return { server: url.host, fingerprint, ...(known !== undefined && { known }) }
    },
    accept: async (lab, path, fingerprint) => await pinOf(roots, lab, path).keep(fingerprint),
  }
}

/** Where the host is looked into. */
async function addressIn(roots: Roots, name: string, path: string): Promise<URL> {
  const record = await loadLabRecord(roots, name)
  const machines = record ? [...machinesOf(record.lab.top)] : []
  const machine = machines.find((one) => one.path === path && one.hypervisor?.product === 'esxi')
  const site = record && (await loadSite(roots, record.lab.site))
  const url = machine && site && addressOf(site, machine)
  if (url?.protocol === 'https:') return url
  throw failSite('nested-address', { site: record?.lab.site ?? name, machine: path })
}
