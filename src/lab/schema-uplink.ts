/** The part of the schema about ways out of a switch: NAT, NICs, tunnels to other Nestlab hosts. */
import * as z from 'zod'
import { described, keysOf, listOf, oneOf, plainText, textRead, wholeNumber } from './schema-leaf.ts'
import { readDial, readForwardHost, readForwardTo, readListen, readNatNetwork } from './uplink-text.ts'

/** Ports that may be forwarded by one NAT. */
const mostForwards = 100

const hostPort = z
  .union([wholeNumber(1, 65_535), z.string({ error: 'a port' })], { error: 'a port' })
  .superRefine((value, context) => {
    const read = readForwardHost(value)
    if (!read.ok) context.addIssue({ code: 'custom', message: read.text, params: { remedy: read.remedy } })
  })

const forwardSchema = keysOf({
  host: described(
    hostPort,
    'The port of this machine, on its loopback address unless another one is written (`"0.0.0.0:8080"`).',
    8080,
  ),
  to: described(
    textRead('a machine and its port', readForwardTo),
    'The machine, by its path, and its port; or an address of the network and a port.',
    'kvm-1/web:80',
  ),
  protocol: described(oneOf(['tcp', 'udp']), 'Default `tcp`.', 'udp').optional(),
}).meta({ id: 'PortForward', description: 'A port of this machine that leads to a machine of the lab.' })

const natSchema = keysOf({
  network: described(
    textRead('an IPv4 network', readNatNetwork),
    'The network it serves (`10.0.10.0/24`: the gateway gets its first address), or the gateway’s own address in it ' +
      '(`10.0.10.254/24`). Default: the network that the machines have addresses of.',
    '10.0.10.0/24',
  ).optional(),
  vlan: described(wholeNumber(1, 4094), 'The VLAN it serves. Default: frames without VLAN.', 10).optional(),
  forward: described(
    listOf(forwardSchema, mostForwards),
    'Ports of this machine that lead to machines of the lab.',
    [{ host: 8080, to: 'web:80' }],
  ).optional(),
}).meta({
  id: 'NatUplink',
  description: 'User-mode NAT: machines reach out through this machine, without root.',
})

const tunnelSchema = keysOf({
  name: described(
    plainText('the name of the tunnel', 200),
    'The name of the tunnel, the same at both ends; `nestlab net key NAME` makes the key of that name.',
    'campus',
  ),
  listen: described(
    textRead('an address and a port', readListen),
    'Where this end waits for the other one.',
    '0.0.0.0:4790',
  ).optional(),
  dial: described(
    textRead('a host and a port', readDial),
    'Where the other end waits; one of the two listens, the other one dials.',
    'lab.example.org:4790',
  ).optional(),
}).meta({
  id: 'TunnelUplink',
  description: 'The same network on another machine that runs Nestlab, encrypted.',
})

/** `nat`, the name of a NIC, or a map with one key that says which kind it is. */
export const uplinkSchema = z.union(
  [
    plainText('`nat` or the name of a NIC', 40),
    keysOf({
      nat: described(natSchema, 'NAT with settings of its own.', {}).optional(),
      tunnel: described(tunnelSchema, 'A tunnel to another machine that runs Nestlab.', {
        name: 'campus',
        listen: '0.0.0.0:4790',
      }).optional(),
    }).meta({ id: 'Uplink', description: 'A way out of a switch: one of these keys.' }),
  ],
  { error: '`nat`, the name of a NIC, or a map with `nat` or `tunnel`' },
)

export type UplinkInput = z.output<typeof uplinkSchema>
export type NatInput = z.output<typeof natSchema>
export type TunnelInput = z.output<typeof tunnelSchema>
