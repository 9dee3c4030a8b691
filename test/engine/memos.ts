/** Texts in the memory of simulated guests: there as long as the guest runs, and kept with it. */
import type { Bench } from './simulated.ts'

const file = '/tmp/memo'

export async function tell({ engine, never }: Bench, lab: string, path: string, text: string): Promise<void> {
  const host = await engine.enter(lab, path, never)
  await host.writeFile(file, text)
  await host.close()
}

/** Empty when it was told nothing since it booted. */
export async function told({ engine, never }: Bench, lab: string, path: string): Promise<string> {
  const host = await engine.enter(lab, path, never)
  try {
    return await host.readTail(file, 1000)
  } finally {
    await host.close()
  }
}
