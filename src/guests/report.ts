/** Asks a guest, in one command, what it is called, which addresses it has and what its machines would run on. */
import type { Host } from '#host'
import type { Machine } from '#lab'
import { acceleratorFile } from './build/init-kvm-node.ts'
import { fail } from './errors.ts'
import type { Asking, GuestReport } from './guest.ts'
import { settling } from './settle.ts'

/** Starting a command costs 0.1 s under TCG, so it is one for everything. Sections end with a line of two dashes. */
const question = 'hostname; echo --; cat /proc/uptime; echo --; ip addr; echo --'
/** The kvm-node proves KVM while it boots; that it has not finished yet means waiting, not failing. */
const acceleratorQuestion = `while [ -e /run/nestlab ] && [ ! -e ${acceleratorFile} ]; do sleep 0.1; done
cat ${acceleratorFile} 2>/dev/null || cat /etc/os-release`
const answerLimitMs = 30_000

export async function askReport(
  machine: Machine,
  inside: Host,
  { signal, nowMs }: Asking,
): Promise<GuestReport> {
  const asking = machine.hypervisor ? `${question}; ${acceleratorQuestion}` : question
  const before = nowMs === undefined ? undefined : settling(nowMs)
  const script = before ? `${before.script}; ${asking}` : asking
  const stdin = before && { stdin: before.stdin }
  const { stdout } = await inside.run(['sh', '-c', script], { signal, limitMs: answerLimitMs, ...stdin })
  const report = readReport(stdout)
  const unfit = (reason: string) => fail('guest-unfit', { guest: machine.path, reason })
  if (!report) throw unfit('it gave no sensible answer about itself')
  if (report.hostname !== machine.name) throw unfit(`it is called ${JSON.stringify(report.hostname)}`)
  for (const { name, address } of machine.nics) {
    if (!address) continue
    const link = report.links.find((one) => one.name === name)
    if (!link?.addresses.includes(`${address.ip}/${address.prefixLength}`)) {
      throw unfit(`${name} does not have the address ${address.ip}/${address.prefixLength}`)
    }
  }
  if (machine.hypervisor && !report.accelerator) throw unfit('it does not say what its machines run on')
  return report
}

/** `undefined` when the text is no answer to the question. */
export function readReport(text: string): GuestReport | undefined {
  const [hostname = '', uptime = '', addresses = '', accelerator = ''] = text.split(/^--$\n?/m)
  const uptimeSeconds = Number(uptime.trim().split(' ')[0])
  if (!hostname.trim() || !uptime.trim() || !Number.isFinite(uptimeSeconds)) return undefined
  const found = acceleratorIn(accelerator)
  return {
    hostname: hostname.trim(),
    links: readLinks(addresses),
    uptimeSeconds,
    ...(found ? { accelerator: found } : {}),
  }
}

function acceleratorIn(text: string): 'kvm' | 'tcg' | undefined {
  const word = text.trim()
  if (word === 'kvm' || word === 'tcg') return word
  return word.includes('ID=nestlab-sim') ? 'kvm' : undefined
}

/** `ip addr` as busybox and iproute2 print it alike; the control NIC and the loopback are no one's business. */
function readLinks(text: string): GuestReport['links'] {
  return text.split(/^(?=\d+: )/m).flatMap((block) => {
    const name = /^\d+: ([^:@\s]+)/.exec(block)?.[1]
    const mac = /link\/ether ([0-9a-f:]{17})/.exec(block)?.[1]
    if (!name || !mac || name === 'ctl0') return []
    const addresses = [...block.matchAll(/^\s+inet6? (\S+)/gm)].map(([, address = '']) => address)
    return [{ name, mac, addresses: addresses.filter((address) => !address.startsWith('fe80:')) }]
  })
}
