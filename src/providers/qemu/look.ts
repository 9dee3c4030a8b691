/** Looks at everything a level has, in one round trip. */
import type { Host } from '#host'
import type { LabSwitch } from '#lab'
import { type LevelPaths, machinePaths } from '#store'
import type { MachineState } from '../provider.ts'
import { type MachineRecord, parseRecord } from './record.ts'
import { runScript, words } from './script.ts'

export interface FoundMachine {
  readonly name: string
  /** Absent when damaged. */
  readonly record?: MachineRecord
  readonly state: MachineState
  /** What follows is told by the running process's own command line. */
  readonly pid?: number
  readonly accelerator?: 'tcg' | 'kvm'
  readonly cpus?: number
  readonly controlPort?: number
}

export interface FoundSwitch {
  readonly wanted: LabSwitch
  readonly digest: string
}

export interface Found {
  readonly machines: readonly FoundMachine[]
  readonly switches: readonly FoundSwitch[]
  /** Names of the host's network devices. */
  readonly links: ReadonlySet<string>
}

/**
 * Only shell built-ins in the loop: inside an emulated hypervisor a started program costs milliseconds. Folders whose
 * name begins with a dot are half made or half removed and are left out.
 */
function script(state: string): string {
  return `
cd ${words(state)} 2>/dev/null || exit 0
for m in machines/*/; do
  [ -d "$m" ] || continue
  n=\${m#machines/}; p=-; s=-; h=-
  [ ! -e "$m/console.log" ] || s=started
  [ ! -e "$m/held" ] || h=held
  if [ -e "$m/qemu.pid" ]; then p=; { read -r p < "$m/qemu.pid"; } 2>/dev/null || :; fi
  case $p in -) ;; ''|*[!0-9]*) p=0 ;; *) set -- "$@" "/proc/$p/cmdline" ;; esac
  echo "machine \${n%/} $p $s $h"
done
for l in /sys/class/net/*; do echo "link \${l##*/}"; done
echo --records--
grep -h '' machines/*/machine.json switches/*.json /dev/null 2>/dev/null || :
echo --processes--
[ $# -eq 0 ] || cat "$@" 2>/dev/null || :
`
}

export async function look(host: Host, level: LevelPaths, signal: AbortSignal): Promise<Found> {
  const text = await runScript(host, script(level.state), { doing: 'look at the machines', signal })
  return readFound(text, level)
}

/** Exported for its test: the answer of the script, judged. */
export function readFound(text: string, level: LevelPaths): Found {
  const [listed = '', rest = ''] = cut(text, '--records--\n')
  const [recorded = '', running = ''] = cut(rest, '--processes--\n')
  const rows = listed.split('\n').map((line) => line.split(' '))
  const lines = recorded.split('\n').filter((line) => line !== '')
  const records = new Map(lines.flatMap((line) => parseRecord(line) ?? []).map((r) => [r.machine.name, r]))
  const processes = readProcesses(running)
  return {
    machines: rows.flatMap(([kind, name = '', pid = '-', started, held]) => {
      if (kind !== 'machine') return []
      const process = processes.get(machinePaths(level, name).pid)
      const record = records.get(name)
      const state = process ? (held === 'held' ? 'paused' : 'running') : endedState(pid, started)
      return [{ name, state, ...(record && { record }), ...(process && { pid: Number(pid), ...process }) }]
    }),
    switches: lines.flatMap((line) => parseSwitch(line) ?? []),
    links: new Set(rows.flatMap(([kind, name]) => (kind === 'link' && name ? [name] : []))),
  }
}

function endedState(pid: string, started: string | undefined): MachineState {
  if (pid !== '-') return 'crashed'
  return started === 'started' ? 'stopped' : 'created'
}

type FoundProcess = Pick<FoundMachine, 'accelerator' | 'cpus' | 'controlPort'>

/**
 * By the path of the pid file, which every process of ours has on its command line before the rest. The first
 * word of each kind counts: what follows may belong to a process that only has the number of one of ours.
 */
function readProcesses(text: string): Map<string, FoundProcess> {
  const found = new Map<string, FoundProcess>()
  let path: string | undefined
  const words = text.split('\0')
  for (const [index, word] of words.entries()) {
    const value = words[index + 1] ?? ''
    if (word === '-pidfile') path = value
    if (path === undefined) continue
    found.set(path, { ...readOption(word, value), ...found.get(path) })
  }
  return found
}

function readOption(word: string, value: string): FoundProcess {
  if (word === '-accel') return { accelerator: value.startsWith('kvm') ? 'kvm' : 'tcg' }
  const cpus = word === '-smp' && /^cpus=(\d+)/.exec(value)
  if (cpus) return { cpus: Number(cpus[1]) }
  const port = word === '-netdev' && /^user,id=net-ctl0,.*hostfwd=tcp:127\.0\.0\.1:(\d+)-/.exec(value)
  return port ? { controlPort: Number(port[1]) } : {}
}

export function switchLine({ wanted, digest }: FoundSwitch): string {
  return `${JSON.stringify({ version: 1, wanted, digest })}\n`
}

/** A damaged record of a switch is as none: it is put again, which changes nothing that fits. */
function parseSwitch(line: string): FoundSwitch | undefined {
  try {
    const value = JSON.parse(line) as Partial<FoundSwitch>
    return value.wanted && typeof value.digest === 'string' ? (value as FoundSwitch) : undefined
  } catch {
    return undefined
  }
}

function cut(text: string, at: string): [string, string] {
  const index = text.indexOf(at)
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + at.length)]
}
