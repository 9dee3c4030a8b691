/** `nestlab doctor`: what this machine can do for nested labs. */
import type { Finding, MachineReport } from '#host'
import { harmless } from '../paint.ts'
import { columns } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import type { Verb } from '../verb.ts'

export const doctor: Verb = {
  name: 'doctor',
  summary: 'say what this machine can do for nested labs, and what to do about each no',
  options: [['--again', 'prove the accelerator anew instead of trusting the remembered verdict']],
  examples: [
    { line: 'nestlab doctor', does: 'CPU, KVM, QEMU, memory, disk and rights as a table' },
    { line: 'nestlab doctor --again', does: 'after a change of BIOS, kernel module or group' },
  ],
  async run(call) {
    const report = await call.services.doctor({ again: call.has('again'), signal: call.signal })
    if (call.json) call.terminal.say(JSON.stringify(report))
    else sayReport(call.terminal, report)
    return report.accelerator.accelerator === 'none' ? 3 : 0
  },
}

function sayReport(terminal: Terminal, { findings, accelerator }: MachineReport): void {
  const { paint, say } = terminal
  const { good, bad, doubtful } = paint
  const marks = { yes: good('yes'), no: bad('no'), partly: doubtful('partly'), unknown: doubtful('unknown') }
  say(
    columns(findings.map(({ verdict, title, value }) => [marks[verdict], title, harmless(value)])).join('\n'),
  )
  for (const finding of findings) {
    if (finding.verdict !== 'yes') sayTrouble(terminal, finding)
  }
  const names = { kvm: good('KVM'), tcg: doubtful('TCG (emulation)'), none: bad('nothing') }
  say(`\nMachines run on ${names[accelerator.accelerator]}: ${harmless(accelerator.because)}`)
  if (accelerator.remedy) say(`  ${harmless(accelerator.remedy)}`)
}

function sayTrouble({ paint, say }: Terminal, { title, means, remedy }: Finding): void {
  say(`\n${paint.strong(title)}: ${harmless(means)}`)
  if (remedy) say(`  ${harmless(remedy)}`)
}
