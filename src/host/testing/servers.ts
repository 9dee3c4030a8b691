/** Real SSH servers for tests: Dropbear and OpenSSH, each with keys of its own, on loopback ports of their own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, connect as netConnect, type Socket } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { connectSsh, type SshOptions } from '../ssh-connect.ts'
import { makeKeyPair } from './key-pair.ts'

export type ServerKind = 'dropbear' | 'openssh'

export interface TestServer {
  readonly port: number
  readonly folder: string
  readonly keys: { readonly privateKey: string; readonly hostPublicKey: string }
  /** One process for each connection, oldest first. */
  readonly processes: readonly ChildProcess[]
  options(changes?: Partial<SshOptions>): SshOptions
  connect(changes?: Partial<SshOptions>): ReturnType<typeof connectSsh>
  stop(): Promise<void>
}

const PROGRAMS = { dropbear: '/usr/sbin/dropbear', openssh: '/usr/sbin/sshd' } as const

/** Why a server cannot be had here, or undefined when it can. */
export function whyNoServer(kind: ServerKind): string | undefined {
  if (!existsSync(PROGRAMS[kind])) return `${PROGRAMS[kind]} is not installed (packages.apt)`
  if (userInfo().uid !== 0) return 'the servers read their keys from a home folder mounted by root'
  return undefined
}

/** Listens itself and gives every connection to a server process of its own, as inetd does. */
export async function startServer(kind: ServerKind): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'nestlab-ssh-'))
  const keys = makeKeys(folder)
  const command = kind === 'dropbear' ? dropbearCommand(folder) : sshdCommand(folder)
  const processes: ChildProcess[] = []
  const listener = createServer({ pauseOnConnect: true }, (socket) => {
    processes.push(serve(command, folder, socket))
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const options = (changes: Partial<SshOptions> = {}): SshOptions => ({
    name: `test ${kind}`,
    stream: () => dial(port),
    username: userInfo().username,
    ...keys,
    readyLimitMs: 20_000,
    ...changes,
  })
  return {
    port,
    folder,
    keys,
    processes,
    options,
    connect: (changes) => connectSsh(options(changes)),
    async stop() {
      listener.close()
      await Promise.all(processes.map(end))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function dial(port: number): Promise<Socket> {
  const socket = netConnect({ host: '127.0.0.1', port, noDelay: true })
  await once(socket, 'connect')
  return socket
}

function makeKeys(folder: string): TestServer['keys'] {
  const client = makeKeyPair()
  const host = makeKeyPair()
  mkdirSync(join(folder, 'home', '.ssh'), { recursive: true, mode: 0o700 })
  writeFileSync(join(folder, 'home', '.ssh', 'authorized_keys'), `${client.public}\n`, { mode: 0o600 })
  writeFileSync(join(folder, 'host_key'), host.private, { mode: 0o600 })
  chmodSync(join(folder, 'home'), 0o700)
  return { privateKey: client.private, hostPublicKey: host.public }
}

function dropbearCommand(folder: string): readonly string[] {
  const key = join(folder, 'dropbear_key')
  execFileSync('dropbearconvert', ['openssh', 'dropbear', join(folder, 'host_key'), key], { stdio: 'ignore' })
  return [PROGRAMS.dropbear, '-i', '-s', '-r', key]
}

function sshdCommand(folder: string): readonly string[] {
  const config = [
    `HostKey ${join(folder, 'host_key')}`,
    'AuthorizedKeysFile .ssh/authorized_keys',
    'PermitRootLogin prohibit-password',
    'PasswordAuthentication no',
    'UsePAM no',
    'PidFile none',
    'StrictModes no',
  ]
  writeFileSync(join(folder, 'sshd_config'), `${config.join('\n')}\n`)
  mkdirSync('/run/sshd', { recursive: true })
  return [PROGRAMS.openssh, '-i', '-e', '-f', join(folder, 'sshd_config')]
}

/** The user's home folder is another one for the server, so that nobody's real keys are touched. */
function serve(command: readonly string[], folder: string, socket: Socket): ChildProcess {
  const script = 'mount --bind "$1" "$2" && shift 2 && exec "$@"'
  const homes = [join(folder, 'home'), userInfo().homedir]
  const child = spawn('unshare', ['-m', 'sh', '-c', script, 'sh', ...homes, ...command], {
    stdio: [socket, socket, 'ignore'],
    detached: true,
  })
  socket.destroy()
  return child
}

/** Kills a server process and what it started. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  await gone
}
