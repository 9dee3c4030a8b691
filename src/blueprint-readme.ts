/** The README of a blueprint: what the lab is and how it starts, for people who have only the file. */
import { machinesOf, type ResolvedLab } from '#lab'
import type { BlueprintNote } from './blueprint-form.ts'

export function readmeOf(lab: ResolvedLab, { images, running }: BlueprintNote, picture: string): string {
  const machines = [...machinesOf(lab.top)].map(
    ({ path, cpus, memoryMiB, hypervisor }) =>
      `| ${path} | ${hypervisor?.product ?? ''} | ${cpus} | ${memoryMiB} MiB |`,
  )
  const absent = images.filter(({ redistributable }) => !redistributable).map(({ name }) => name)
  return `# ${lab.name}

${lab.purpose ? `Purpose: ${lab.purpose}.\n\n` : ''}A lab of hypervisors inside hypervisors, packed by Nestlab.

\`\`\`
${picture.trimEnd()}
\`\`\`

| machine | hypervisor | CPUs | memory |
|---|---|---|---|
${machines.join('\n')}

## Start

    nestlab blueprint unpack FILE${running ? ' --running' : ''}
    nestlab up -f ${lab.name}/lab.yaml
${running ? `\nIt goes on from a running lab where QEMU ${running.qemu} runs on ${running.accelerator} with CPU ${running.cpu}, and boots everywhere else.\n` : ''}${
  absent.length > 0
    ? `\nNot in here, since their licences do not let them be handed on: ${absent.join(', ')}.\nBring them in first: nestlab image import FILE --name NAME\n`
    : ''
}`
}
