/** Looks at a machine and says what it can do for nested labs. */
import type { Host } from '../host.ts'
import { type Facts, readFacts } from './facts.ts'
import { cpuFindings } from './findings-cpu.ts'
import { kvmFindings } from './findings-kvm.ts'
import { qemuFindings } from './findings-qemu.ts'
import { roomFindings } from './findings-room.ts'
import { ask } from './probe.ts'
import { type ProofOptions, proveAccelerator } from './prove-accelerator.ts'
import { questionsAbout } from './questions.ts'
import type { Finding, MachineReport } from './report.ts'
import type { AcceleratorVerdict } from './verdict.ts'

export interface ExamineOptions extends ProofOptions {
  /** Where images and machines are kept; need not exist yet. */
  readonly folder: string
}

/** Works on every host alike. Rejects only when the host cannot be asked at all. */
export async function examineMachine(host: Host, options: ExamineOptions): Promise<MachineReport> {
  const { qemu, folder, signal } = options
  const facts = readFacts(await ask(host, questionsAbout({ qemu, folder }), signal))
  const verdict = await proveAccelerator(host, options)
  return {
    host: host.name,
    accelerator: verdict,
    cpus: facts.cpu?.count ?? 0,
    memoryMiB: facts.memoryMiB,
    availableMiB: facts.availableMiB,
    ...(facts.disk && { diskFreeMiB: facts.disk.freeMiB }),
    findings: findingsOf(facts, verdict),
  }
}

/** Every finding about a machine, from its facts alone. */
export function findingsOf(facts: Facts, verdict: AcceleratorVerdict): Finding[] {
  return [
    ...cpuFindings(facts.cpu),
    ...kvmFindings(facts, verdict),
    ...qemuFindings(facts),
    ...roomFindings(facts),
  ]
}
