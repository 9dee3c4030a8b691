/** Why an uplink could not be brought up, out of what the script and QEMU said. */
import type { Failure } from '#failure'
import { uplinkWords } from '#lab'
import { lastLines } from '../script.ts'
import { failUplink } from './errors.ts'
import { noKeyMark, refusedMark, type ServedUplink } from './launch.ts'
import { nicMark } from './nic-script.ts'

export function whyNot(uplink: ServedUplink, stderr: string): Failure | undefined {
  const [, reason, detail = ''] = new RegExp(`${nicMark} (\\S+) ?(.*)`).exec(stderr) ?? []
  if (uplink.kind === 'nic' && reason !== undefined) return nicFailure(uplink.name, reason, detail)
  if (uplink.kind === 'tunnel' && stderr.includes(noKeyMark)) {
    return failUplink('tunnel-key-missing', { tunnel: uplink.name })
  }
  if (!stderr.includes(refusedMark)) return undefined
  const said = lastLines(stderr.replaceAll(refusedMark, '')) || 'it gave no reason.'
  const port = /Could not set up host forwarding rule '(\w+):([^:']*):(\d+)-/.exec(said)
  if (port) {
    const [, protocol = '', ip = '', number = ''] = port
    return failUplink('uplink-port-taken', { protocol, ip, port: number })
  }
  if (/EADDRINUSE|EACCES|EADDRNOTAVAIL/.test(said) && uplink.kind === 'tunnel' && uplink.listen) {
    return failUplink('uplink-port-taken', {
      protocol: 'tcp',
      ip: uplink.listen.ip,
      port: `${uplink.listen.port}`,
    })
  }
  return failUplink('uplink-refused', { uplink: uplinkWords(uplink), reason: said })
}

function nicFailure(nic: string, reason: string, detail: string): Failure {
  if (reason === 'unknown') return failUplink('nic-unknown', { nic, there: detail.split(' ') })
  if (reason === 'rights') return failUplink('nic-rights', { nic })
  if (reason === 'port') return failUplink('nic-plugged', { nic, into: detail })
  return failUplink('nic-in-use', { nic, reason: reason === 'addresses' ? 'addresses' : 'kind' })
}
