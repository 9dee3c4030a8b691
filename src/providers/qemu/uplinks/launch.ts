/** Shell scripts that start and end what serves an uplink: a QEMU without a guest, a process of ours, links. */
import { type NatUplink, type NicUplink, nameServerOf, type TunnelUplink } from '#lab'
import type { UplinkPaths } from '#store'
import { option, qemuProgram } from '../command-line.ts'
import { aliveFunction, words, writeScript } from '../script.ts'
import type { ServeConfig } from './config.ts'
import { nicCheckScript, nicDownScript, nicUpScript } from './nic-script.ts'

/** What level 0 itself serves; overlays are the kernel's. */
export type ServedUplink = NatUplink | NicUplink | TunnelUplink

export interface Program {
  /** The Node that runs the process, and its program. */
  readonly node: string
  readonly entry: string
}

export const noKeyMark = 'nestlab-no-tunnel-key'
export const refusedMark = 'nestlab-uplink-refused'
/** A machine that emulates several others may take long to start a program. */
const startLimitTenths = 400
const endLimitTenths = 30

export interface UpOrder {
  readonly paths: UplinkPaths
  /** The record's text. */
  readonly wanted: string
  /** Of a tunnel. */
  readonly keyFile: string
  /** Of a NIC: the tap that QEMU opens; `tapOf` unless the NIC is itself one. */
  readonly tap: string
  readonly program: Program
}

/** The record is written first: whatever is made after that is found again, also when this is cut off. */
export function upScript(uplink: ServedUplink, order: UpOrder): string {
  const { paths, wanted, keyFile, tap, program } = order
  const config = serveConfig(uplink, paths, keyFile)
  const plug = uplink.kind === 'nic' && tap !== uplink.name
  return [
    functions,
    'umask 077',
    ...(uplink.kind === 'tunnel' ? [checkScript(uplink, order)] : []),
    writeScript(paths.record, wanted),
    ...(plug ? [nicUpScript(uplink.name, paths)] : []),
    ...(uplink.kind === 'tunnel' ? [] : [startQemu(uplink, order)]),
    ...(config ? [writeScript(paths.config, JSON.stringify(config)), startServing(paths, program)] : []),
  ].join('\n')
}

/** Fails with a mark when something is wanting; changes nothing. */
export function checkScript(
  uplink: ServedUplink,
  { paths, keyFile }: Pick<UpOrder, 'paths' | 'keyFile'>,
): string {
  if (uplink.kind === 'nic') return nicCheckScript(uplink.name, paths)
  return uplink.kind === 'tunnel' ? `[ -r ${words(keyFile)} ] || { echo ${noKeyMark} >&2; exit 1; }` : ''
}

/** Ends and removes all of it, in whatever state it is; the record goes last. */
export function downScript(paths: UplinkPaths): string {
  return [
    functions,
    `end_process ${words(paths.pid)}`,
    `end_process ${words(paths.qemuPid)}`,
    nicDownScript(paths),
    `rm -f ${words(paths.socket, paths.natSocket)}`,
    `rm -rf ${words(paths.state)}`,
  ].join('\n')
}

function serveConfig(uplink: ServedUplink, paths: UplinkPaths, keyFile: string): ServeConfig | undefined {
  const { socket, natSocket } = paths
  if (uplink.kind === 'nic') return undefined
  if (uplink.kind === 'tunnel') {
    const { kind, name, listen, dial } = uplink
    return { version: 1, kind, socket, name, keyFile, ...(listen && { listen }), ...(dial && { dial }) }
  }
  const { ip: gateway, prefixLength } = uplink.gateway
  return {
    version: 1,
    kind: 'nat',
    socket,
    natSocket,
    gateway,
    prefixLength,
    nameServer: nameServerOf(uplink.gateway),
  }
}

/**
 * Not daemonized by itself, since the filter that denies it to start programs and to gain rights would deny that
 * too. Its last socket is made when everything else has been: then it works.
 */
function startQemu(uplink: NatUplink | NicUplink, order: TapOrder): string {
  const { paths } = order
  const socket = uplink.kind === 'nat' ? paths.natSocket : paths.socket
  const command = words(...qemuCommandLine(uplink, order))
  return `
if ! alive ${words(paths.qemuPid)}; then
  rm -f ${words(paths.qemuPid, socket)}
  setsid ${command} </dev/null >>${words(paths.log)} 2>&1 &
  started $! ${words(socket)} ${words(paths.log)}
fi`
}

type TapOrder = Pick<UpOrder, 'paths' | 'tap'>

/** Pure, for its test. */
export function qemuCommandLine(uplink: NatUplink | NicUplink, { paths, tap }: TapOrder): readonly string[] {
  const socket = uplink.kind === 'nat' ? paths.natSocket : paths.socket
  const back = uplink.kind === 'nat' ? userNet(uplink) : tapNet(tap)
  return [
    qemuProgram,
    ...['-pidfile', paths.qemuPid],
    ...['-M', 'none', '-nodefaults', '-no-user-config', '-display', 'none'],
    ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
    ...back,
    ...[
      '-netdev',
      option(['stream', { id: 'switch', server: 'on', 'addr.type': 'unix', 'addr.path': socket }]),
    ],
    ...[
      '-netdev',
      'hubport,id=port0,hubid=0,netdev=back',
      '-netdev',
      'hubport,id=port1,hubid=0,netdev=switch',
    ],
  ]
}

function userNet({ gateway, forwards }: NatUplink): string[] {
  return netdev({
    type: 'user',
    id: 'back',
    ipv6: false,
    net: `${gateway.ip}/${gateway.prefixLength}`,
    host: gateway.ip,
    dns: nameServerOf(gateway),
    hostfwd: forwards.map(({ protocol, hostIp, hostPort, guestIp, guestPort }) => ({
      str: `${protocol}:${hostIp}:${hostPort}-${guestIp}:${guestPort}`,
    })),
  })
}

function tapNet(ifname: string): string[] {
  return netdev({ type: 'tap', id: 'back', ifname, script: 'no', downscript: 'no', vnet_hdr: false })
}

/** As JSON, since QEMU makes these and stream sockets first and in order, whatever stands before them otherwise. */
function netdev(values: object): string[] {
  return ['-netdev', JSON.stringify(values)]
}

function startServing(paths: UplinkPaths, { node, entry }: Program): string {
  return `
if ! alive ${words(paths.pid)}; then
  rm -f ${words(paths.pid)}
  setsid ${words(node, entry, paths.config, paths.pid)} </dev/null >>${words(paths.log)} 2>&1 &
  started $! ${words(paths.pid)} ${words(paths.log)}
fi`
}

/**
 * \`started PID FILE LOG\` waits until the file is there, and says why when the process ended before.
 * \`end_process PIDFILE\` ends the process noted there if it is the one that was started with it.
 */
const functions = `${aliveFunction}
tick() { sleep 0.1 2>/dev/null || sleep 1; }
started() {
  i=0
  until [ -e "$2" ]; do
    kill -0 "$1" 2>/dev/null && [ "$i" -lt ${startLimitTenths} ] || {
      kill -9 "$1" 2>/dev/null || :
      { echo ${refusedMark}; tail -n 3 "$3" 2>/dev/null; } >&2
      exit 1
    }
    i=$((i + 1))
    tick
  done
}
end_process() {
  for signal in TERM KILL; do
    i=0
    while alive "$1"; do
      [ "$i" -gt 0 ] || kill -$signal "$p" 2>/dev/null || :
      [ "$i" -lt ${endLimitTenths} ] || break
      i=$((i + 1))
      tick
    done
  done
  ! alive "$1" || { echo "process $p will not end" >&2; exit 1; }
  rm -f "$1"
}`
