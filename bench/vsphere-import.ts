/**
 * How long an import of many machines takes, against reading the same properties and doing nothing with them:
 * `node bench/vsphere-import.ts [machines]`. The simulator works on the same processors, so its CPU time is shown too.
 */
import { readFileSync } from 'node:fs'
import { importVsphere } from '../src/providers/vsphere/import/import-vsphere.ts'
import { machinePaths } from '../src/providers/vsphere/import/machines.ts'
import { onlyReads } from '../src/providers/vsphere/import/reads.ts'
import { Connection } from '../src/providers/vsphere/soap/connection.ts'
import { allBelow } from '../src/providers/vsphere/soap/properties.ts'
import { startVcsim, type Vcsim } from '../test/vsphere/vcsim.ts'

const machines = Number(process.argv[2] ?? 5000)
const runs = 3

interface Cost {
  readonly wallMs: number
  readonly ownCpuMs: number
  readonly simulatorCpuMs: number
}

/** User and system time in hundredths of a second: fields 14 and 15, the name before them may have blanks. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

async function cost(pid: number, work: () => Promise<unknown>): Promise<Cost> {
  const [beganMs, own, simulator] = [performance.now(), process.cpuUsage(), cpuMsOf(pid)]
  await work()
  const { user, system } = process.cpuUsage(own)
  return {
    wallMs: performance.now() - beganMs,
    ownCpuMs: (user + system) / 1000,
    simulatorCpuMs: cpuMsOf(pid) - simulator,
  }
}

async function connected<Result>(
  { url, fingerprint, user, password }: Vcsim,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const connection = await Connection.open({
    server: { url, ...(fingerprint !== undefined && { fingerprint }) },
    credentials: { user, password: async () => password },
    onCall: onlyReads,
  })
  try {
    return await work(connection)
  } finally {
    await connection.close()
  }
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`.padStart(8)

function show(what: string, { wallMs, ownCpuMs, simulatorCpuMs }: Cost): void {
  console.log(`${what.padEnd(34)}${[wallMs, ownCpuMs, simulatorCpuMs].map(seconds).join('  ')}`)
}

const best = (costs: readonly Cost[]) =>
  costs.reduce((least, one) => (one.wallMs < least.wallMs ? one : least))

const inventory = { hostsPerCluster: 8, standaloneHosts: 0, machinesPerPool: machines }
await using vcsim = await startVcsim({ inventory, autostart: false })
const read = (connection: Connection) =>
  allBelow(connection, connection.service('rootFolder'), { VirtualMachine: machinePaths })
const whole = (connection: Connection) =>
  importVsphere(connection, { site: 'large', address: '127.0.0.1', scope: {} })

const title = `${machines} machines on vcsim`
console.log(`${title.padEnd(34)}    wall       CPU   CPU of vcsim`)
const raw: Cost[] = []
const full: Cost[] = []
for (let run = 0; run < runs; run += 1) {
  raw.push(await cost(vcsim.pid, () => connected(vcsim, read)))
  full.push(await cost(vcsim.pid, () => connected(vcsim, whole)))
}
show('the same properties, read only', best(raw))
show('import', best(full))
const ratio = (of: keyof Cost) => (best(full)[of] / best(raw)[of]).toFixed(2)
console.log(`ratio: ${ratio('wallMs')} of the time, ${ratio('ownCpuMs')} of the CPU time`)
