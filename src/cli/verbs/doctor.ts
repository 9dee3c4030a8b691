/** `nestlab doctor`: what this machine can do for nested labs. */
import type { Finding } from '../services.ts'
import { columns } from '../table.ts'
import type { Call, Verb } from '../verb.ts'

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
    else sayFindings(call, report.findings)
    return report.accelerator === 'none' ? 3 : 0
  },
}

function sayFindings(call: Call, findings: readonly Finding[]): void {
  const { paint, say } = call.terminal
  const marks = { yes: paint.good('yes'), limited: paint.doubtful('limited'), no: paint.bad('no') }
  say(columns(findings.map((finding) => [marks[finding.verdict], finding.name, finding.found])).join('\n'))
  for (const finding of findings) {
    if (finding.verdict === 'yes' || !finding.means) continue
    say(`\n${paint.strong(finding.name)}: ${finding.means}`)
    if (finding.remedy) say(`  ${finding.remedy}`)
  }
}
