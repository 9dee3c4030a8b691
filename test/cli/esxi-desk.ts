/** A desk with a lab of nested ESXi hosts, and the root password that its tests look for everywhere. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { Desk, type Ended } from './command.ts'

/** Looked for in everything that a command leaves behind, so nothing else may be called so. */
export const password = 'Vaulted-zebra7-Quay'
export const environment = { NESTLAB_ESXI_PASSWORD: password }

const lab = `nestlab: 1
name: nested
switches:
  out: { uplinks: [nat], portgroups: { lan: {} } }
machines:
  esxi:
    count: 2
    nics: [{ portgroup: lan, address: 10.7.0.0/24 }]
    hypervisor: { product: esxi, version: "7.0U3" }
  old:
    nics: [{ portgroup: lan }]
    hypervisor: { product: esxi, version: "5.5" }
  kvm: { image: kvm-node, nics: [{ portgroup: lan }], hypervisor: { product: kvm } }
`

export async function deskWithLab(): Promise<Desk> {
  const desk = await Desk.open()
  await desk.write('nested.lab.yaml', lab)
  return desk
}

/** With the password in the environment. */
export async function given(desk: Desk, ...args: readonly string[]): Promise<Ended> {
  const ended = await desk.run(['esxi', ...args], { environment })
  assert.equal(ended.code, 0, ended.stderr)
  return ended
}

export const kickstartIn = (iso: string) => execFileSync('isoinfo', ['-i', iso, '-x', '/KS.CFG;1']).toString()

export function hashIn(kickstart: string): string {
  return /^rootpw --iscrypted (\S+)$/m.exec(kickstart)?.[1] ?? 'none'
}

/** What OpenSSL makes of the password with the salt of that hash. */
export function hashedAgain(hash: string): string {
  const [, , salt = ''] = hash.split('$')
  return execFileSync('openssl', ['passwd', '-6', '-salt', salt, '-stdin'], { input: password })
    .toString()
    .trim()
}
