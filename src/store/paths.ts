/** Every path Nestlab reads or writes on the machine it runs on, in one list. */
import { createHash } from 'node:crypto'
import { homedir, tmpdir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { longestNames } from '#lab'
import { socketPathLimitBytes } from './socket-path.ts'

export interface Roots {
  /** What must survive a reboot: images, lab records, journals. */
  readonly state: string
  /** What ends with the processes it belongs to: sockets and pid files. Short, since socket paths end at 107 bytes. */
  readonly run: string
}

/** `NESTLAB_HOME` puts everything under one folder; otherwise the XDG folders. */
export function rootsFrom(environment: NodeJS.ProcessEnv): Roots {
  const home = environment.NESTLAB_HOME && resolve(environment.NESTLAB_HOME)
  if (home) return { state: join(home, 'state'), run: shortRun(join(home, 'run'), home) }
  const state = environment.XDG_STATE_HOME || join(homedir(), '.local', 'state')
  const run = environment.XDG_RUNTIME_DIR
  return {
    state: join(state, 'nestlab'),
    run: run ? shortRun(join(run, 'nestlab'), run) : temporaryRun(),
  }
}

/**
 * The folder itself while sockets fit into it whatever labs and machines are called. Otherwise a shorter one, the
 * same for every command with the same home.
 */
function shortRun(run: string, home: string): string {
  if (Buffer.byteLength(run) <= longestRunBytes()) return run
  const hash = createHash('sha256').update(home).digest('hex').slice(0, 8)
  const short = `${temporaryRun()}-${hash}`
  return Buffer.byteLength(short) < Buffer.byteLength(run) ? short : run
}

function temporaryRun(): string {
  return join(tmpdir(), `nestlab-${userInfo().uid}`)
}

/** What a socket path leaves for its root, with the longest names there may be; 22 bytes. */
export function longestRunBytes(): number {
  const level = levelPaths({ state: '/', run: '/' }, 'l'.repeat(longestNames.lab))
  const { consoleSocket, qmpSocket, switchQmpSocket, agentSocket, nicSocket } = machinePaths(
    level,
    'm'.repeat(longestNames.machine),
  )
  const ofMachine = [consoleSocket, qmpSocket, switchQmpSocket, agentSocket, nicSocket('nic10')]
  const { natSocket } = uplinkPaths(level, '', '')
  const all = [level.switchControl, natSocket, ...ofMachine]
  return socketPathLimitBytes - Math.max(...all.map((path) => path.length))
}

/** Inside a hypervisor both roots are in memory: what a hypervisor runs ends with it, and so does the record. */
export const insideRoots: Roots = { state: '/run/nestlab', run: '/run/nestlab/run' }

/** What a hypervisor gets from the level outside it; mounted or linked by its guest system. */
export const insidePaths = {
  /** The image folder, with the layout of `sitePaths().images`, read-only. */
  images: '/run/nestlab/images',
  /** The block device behind `images`, passed on to hypervisors further in. */
  libraryDevice: '/run/nestlab/library.dev',
  /** `kvm` or `tcg`: what machines in there run on, proven by the guest system while it boots. */
  accelerator: '/run/nestlab/accelerator',
}

/** Files of the whole installation. */
export function sitePaths(roots: Roots) {
  return {
    /** One folder an image, named by its SHA-256; `names/NAME.json` says which is current. */
    images: join(roots.state, 'images'),
    /** Half-finished downloads and builds; may be removed at any time when nothing runs. */
    scratch: join(roots.state, 'scratch'),
    /** One folder a lab. */
    labs: join(roots.state, 'labs'),
    /** One folder for each instant that was kept of a lab. */
    frozen: join(roots.state, 'frozen'),
    /** Labs that were kept running for the next `up` of the same lab. */
    warm: join(roots.state, 'warm.json'),
    /** SSH keys of such a lab; mode 0600. */
    warmKeys: (id: string) => join(roots.state, 'warm-keys', `${id}.json`),
    /** The database of classes, in SQLite; beside it while it is open, its own journal. */
    classes: join(roots.state, 'classes.db'),
    /** One file a lab that a command is changing. */
    locks: join(roots.state, 'locks'),
    /** Verdict on the accelerator, per boot and QEMU version. */
    accelerator: join(roots.state, 'accelerator.json'),
    /** One file a site that was added; no passwords. */
    sites: join(roots.state, 'sites'),
    site: (name: string) => join(roots.state, 'sites', `${name}.json`),
    /** One key file a tunnel, readable by its owner only. */
    tunnelKeys: join(roots.state, 'tunnel-keys'),
    tunnelKey: (tunnel: string) => join(roots.state, 'tunnel-keys', `${tunnel}.key`),
  }
}

/** Files of one lab at L0. A lab's name is safe as a file name (checked in `lab`). */
export function labPaths(roots: Roots, lab: string) {
  const state = join(roots.state, 'labs', lab)
  const run = join(roots.run, lab)
  return {
    state,
    run,
    /** The resolved lab as it was last brought up, with the file it came from. */
    record: join(state, 'lab.json'),
    /** What was done, one JSON line before and one after each step. */
    journal: join(state, 'journal.jsonl'),
    /** Held by the one command that changes the lab; outside `state`, which that command may remove. */
    lock: join(roots.state, 'locks', lab),
    /** The snapshots of the lab, and the one it goes on from. */
    snapshots: join(state, 'snapshots.json'),
    /** SSH keys of the lab; mode 0600. */
    keys: join(state, 'keys.json'),
    /** One file a nested host that was looked into; the certificate it showed. */
    certificates: join(state, 'certificates'),
    /** By the path of the host, whose names have no plus sign. */
    certificate: (path: string) => join(state, 'certificates', `${path.replaceAll('/', '+')}.json`),
    /** The simulated machine park of a lab on site `sim`. */
    simulation: join(state, 'simulation.json'),
  }
}

/** Files of one level of a lab, the same at L0 and inside every hypervisor. */
export function levelPaths(roots: Roots, lab: string) {
  const state = join(roots.state, 'labs', lab)
  const run = join(roots.run, lab)
  return {
    state,
    run,
    /** One folder a machine. */
    machines: join(state, 'machines'),
    /** One JSON file a switch: what was wanted, with its digest. */
    switches: join(state, 'switches'),
    /** The conditions of bad links, by port. */
    impairments: join(state, 'impairments.json'),
    /** What the switch process reads; only at L0. */
    switchConfig: join(state, 'switch.json'),
    /** Messages of the switch process; only at L0. */
    switchLog: join(state, 'switch.log'),
    /** Written by the running switch process; only at L0. */
    switchPid: join(run, 'switch.pid'),
    /** Where the running switch process is asked; only at L0. */
    switchControl: join(run, 'switch.sock'),
    /** One folder an uplink that something of ours serves; only at L0. */
    uplinks: join(state, 'uplinks'),
  }
}

/** Files of one uplink of a switch. Its own names may hold anything and are long, so a hash stands for them. */
export function uplinkPaths(level: LevelPaths, switchName: string, uplink: string) {
  return uplinkPathsOf(level, shortHash(JSON.stringify([switchName, uplink])))
}

/** By the name of its folder. */
export function uplinkPathsOf(level: LevelPaths, folder: string) {
  const state = join(level.uplinks, folder)
  return {
    folder,
    state,
    /** What was wanted; written before anything is made. */
    record: join(state, 'uplink.json'),
    /** Read by the process that serves it. */
    config: join(state, 'serve.json'),
    log: join(state, 'serve.log'),
    /** There while the process that serves it runs, and after it died without taking leave. */
    pid: join(state, 'serve.pid'),
    qemuPid: join(state, 'qemu.pid'),
    /** What a NIC of this machine was like before it became an uplink. */
    nicBefore: join(state, 'nic-before'),
    /** Where the switch process dials. */
    socket: join(level.run, `.${folder}.sock`),
    /** Where the process that serves a NAT dials its QEMU. */
    natSocket: join(level.run, `.${folder}-nat.sock`),
  }
}

export type UplinkPaths = ReturnType<typeof uplinkPathsOf>

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}

export type LevelPaths = ReturnType<typeof levelPaths>

/** Files of one machine. A machine's name is safe as a file name (checked in `lab` and again by the providers). */
export function machinePaths(level: LevelPaths, machine: string) {
  const state = join(level.machines, machine)
  const run = join(level.run, machine)
  return {
    state,
    run,
    /** The order it was made by, with its digest, without the settings. */
    record: join(state, 'machine.json'),
    /** Handed to the guest; holds secrets, mode 0600. */
    settings: join(state, 'settings'),
    /** `index` counts the disks of the boot order; only overlays and made disks have a file. */
    disk: (index: number) => join(state, `disk${index}`),
    /** Everything the serial console printed since the machine was created; grows without limit. */
    console: join(state, 'console.log'),
    /** There while the machine's process runs, and after it died without taking leave. */
    pid: join(state, 'qemu.pid'),
    consoleSocket: join(run, 'console.sock'),
    /** For commands. */
    qmpSocket: join(run, 'qmp.sock'),
    /** For the switch process, which asks for MAC filters. */
    switchQmpSocket: join(run, 'qmp-net.sock'),
    agentSocket: join(run, 'agent.sock'),
    /** There while the machine's clock stands: says where its memory comes from, if it has not run yet. */
    held: join(state, 'held'),
    /** A disk that takes the place of `disk(index)` in a moment. */
    nextDisk: (index: number) => join(state, `.disk${index}.next`),
    /** A second name of `disk(index)`, by which a running machine opened it: no later disk gets it. */
    openDisk: (index: number, token: string) => join(state, `.disk${index}.${token}`),
    /** A restored machine is given the state of its devices here. */
    incomingSocket: join(run, 'in.sock'),
    nicSocket: (nic: string) => join(run, `${nic}.sock`),
  }
}

export type MachinePaths = ReturnType<typeof machinePaths>

/** Files of what was kept of a lab at one instant. Complete when `record` is there; then nothing in it changes. */
export function frozenPaths(roots: Roots, id: string) {
  const folder = join(roots.state, 'frozen', id)
  return {
    folder,
    record: join(folder, 'frozen.json'),
    machines: join(folder, 'machines'),
    machine: (name: string) => join(folder, 'machines', name),
  }
}

/** What was kept of one machine. */
export function frozenMachinePaths(folder: string) {
  return {
    folder,
    /** The guest's memory, with holes for pages of zeros; copies map it and never write to it. */
    memory: join(folder, 'memory'),
    /** QEMU's own state of the devices, without the memory. */
    devices: join(folder, 'devices'),
    disk: (index: number) => join(folder, `disk${index}`),
  }
}

/** One folder for each machine whose memory is being written down. */
export function keepingFolder(roots: Roots): string {
  return join(roots.run, '.keep')
}

/** Sockets and notes of the QEMU that writes down a machine's memory; gone when that is done. */
export function receiverPaths(roots: Roots, machine: MachinePaths, token: string) {
  const run = join(keepingFolder(roots), token)
  return {
    machine: {
      ...machine,
      run,
      console: join(run, 'console.log'),
      pid: join(run, 'qemu.pid'),
      consoleSocket: join(run, 'console.sock'),
      qmpSocket: join(run, 'qmp.sock'),
      switchQmpSocket: join(run, 'qmp-net.sock'),
      agentSocket: join(run, 'agent.sock'),
      incomingSocket: join(run, 'in.sock'),
    } satisfies MachinePaths,
    run,
    /** Which command made it, and of what. */
    note: join(run, 'keeping.json'),
    /** Where it gives back the state of the devices. */
    outgoingSocket: join(run, 'out.sock'),
    /** A first look at the state of the devices, to see whether the instant is a safe one. */
    glance: join(run, 'glance'),
  }
}
