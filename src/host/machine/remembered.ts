/** The verdict of an earlier proof, in a file of the host it is about. */
import type { Host } from '../host.ts'
import type { AcceleratorVerdict } from './verdict.ts'

const FORMAT = 1

export interface Circumstances {
  readonly bootId: string
  readonly qemuVersion: string
}

/** Undefined when there is none for this boot and this QEMU, and when the file is damaged: it is written anew then. */
export async function recall(
  host: Host,
  path: string,
  { bootId, qemuVersion }: Circumstances,
): Promise<AcceleratorVerdict | undefined> {
  const bytes = await host.readFile(path).catch(() => undefined)
  const verdict = bytes && readVerdict(Buffer.from(bytes).toString('utf8'))
  const fits = verdict?.bootId === bootId && verdict.qemuVersion === qemuVersion
  return fits ? verdict : undefined
}

/** A verdict that cannot be remembered is found again next time: that is no reason to fail. */
export async function remember(host: Host, path: string, verdict: AcceleratorVerdict): Promise<void> {
  const text = `${JSON.stringify({ format: FORMAT, ...verdict }, undefined, 2)}\n`
  await host.writeFile(path, text, 0o644).catch(() => {})
}

/** Undefined for anything that `remember` cannot have written. */
export function readVerdict(text: string): AcceleratorVerdict | undefined {
  const value = parse(text)
  if (typeof value !== 'object' || value === null) return undefined
  const { format, accelerator, because, remedy, proven, provenAt, qemuVersion, bootId } = value as Record<
    string,
    unknown
  >
  if (format !== FORMAT || (accelerator !== 'kvm' && accelerator !== 'tcg') || proven !== true)
    return undefined
  const isText = (one: unknown): one is string => typeof one === 'string'
  if (!isText(because) || !isText(provenAt) || !isText(qemuVersion) || !isText(bootId)) return undefined
  return { accelerator, because, proven, provenAt, qemuVersion, bootId, ...(isText(remedy) && { remedy }) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
