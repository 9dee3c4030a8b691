/** Guests of the simulated machine park: they answer real SSH, and start from nothing. */
import { createHash } from 'node:crypto'
import ssh2 from 'ssh2'
import type { Guest, GuestReport, Guests, LabKeys } from '#guests'
import { connectSsh, type Host } from '#host'
import { controlMac, type ImageReference, type Machine } from '#lab'

const bootLimitMs = 60_000
const loginLimitMs = 10_000

export const simulatedGuests: Guests = {
  find: async (reference) => ({
    name: nameOf(reference),
    sha256: digestOf(reference),
    guest: 'tiny',
    files: {},
  }),
  provide: async () => {},
  boot: async (_lab, machine, keys) => ({ disks: [], settings: settingsOf(machine, keys) }),
  guestOf: async (machine) => guestFor(machine),
  makeKeys: async () => {
    const [client, host] = [keyPair(), keyPair()]
    return {
      clientPrivate: client.private,
      clientPublic: client.public,
      hostPrivate: host.private,
      hostPublic: host.public,
    }
  },
  enter: (name, stream, keys, signal) =>
    connectSsh({
      name,
      stream,
      username: 'root',
      privateKey: keys.clientPrivate,
      hostPublicKey: keys.hostPublic,
      readyLimitMs: loginLimitMs,
      signal,
    }),
}

const keyPair = () => ssh2.utils.generateKeyPairSync('ed25519')

function guestFor(machine: Machine): Guest {
  return {
    name: machine.hypervisor ? 'kvm-node' : 'tiny',
    bootLimitMs: { tcg: bootLimitMs, kvm: bootLimitMs },
    prove: (_machine, inside, signal) => report(inside, signal),
    shutdown: async (inside, signal) => {
      await inside.run(['poweroff'], { signal })
    },
  }
}

async function report(inside: Host, signal: AbortSignal): Promise<GuestReport> {
  const ask = async (...argv: string[]) => (await inside.run(argv, { signal })).stdout
  const [hostname, links, uptime] = await Promise.all([
    ask('hostname'),
    ask('ip', 'addr'),
    ask('cat', '/proc/uptime'),
  ])
  return {
    hostname: hostname.trim(),
    links: links.split(/^(?=\d+: )/m).flatMap(linkOf),
    uptimeSeconds: Number(uptime.split(' ')[0]) || 0,
  }
}

/** One block of `ip addr`: its head with the name, then lines `link/ether MAC` and `inet ADDRESS`. */
function linkOf(block: string): GuestReport['links'][number][] {
  const name = /^\d+: ([\w.-]+)/.exec(block)?.[1]
  const mac = /link\/ether ([\da-f:]{17})/.exec(block)?.[1]
  // The control NIC is ours and no part of the lab.
  if (name === undefined || mac === undefined || mac === controlMac) return []
  return [{ name, mac, addresses: [...block.matchAll(/\binet (\S+)/g)].map(([, address = '']) => address) }]
}

function nameOf(reference: ImageReference): string {
  return reference.from === 'catalogue' ? reference.name : reference.sha256.slice(0, 12)
}

function digestOf(reference: ImageReference): string {
  return reference.from === 'catalogue'
    ? createHash('sha256').update(reference.name).digest('hex')
    : reference.sha256
}

/** What a real guest finds in its firmware file, without MTUs: simulated links have none. */
function settingsOf(machine: Machine, keys: LabKeys): string {
  const nics = machine.nics.map(({ name, mac, address }) =>
    ['nic=', name, ' ', mac, ' 1500', address ? ` ${address.ip}/${address.prefixLength}` : ''].join(''),
  )
  const lines = [
    `hostname=${machine.name}`,
    `path=${machine.path}`,
    `authorized_key=${keys.clientPublic}`,
    `host_key=${Buffer.from(keys.hostPrivate).toString('base64')}`,
    `control_mac=${controlMac}`,
    ...nics,
  ]
  return `${lines.join('\n')}\n`
}
