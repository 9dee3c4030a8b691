/** What a blueprint of ours says about its lab, beside its files: written when packing, and read when others wrote it. */
import { z } from 'zod'
import type { Json } from '#blueprints'
import { failBlueprint } from './errors.ts'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const word = z.string().regex(/^[\w.+()~:/ -]{1,120}$/)

const noteForm = z.looseObject({
  name: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/),
  site: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,62})?$/),
  machines: z.array(z.string().regex(/^[\w./-]{1,400}$/)).max(10_000),
  images: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,62}$/),
        sha256,
        redistributable: z.boolean(),
      }),
    )
    .max(1000),
  running: z.strictObject({ qemu: word, accelerator: word, cpu: word }).optional(),
})

export type BlueprintNote = z.infer<typeof noteForm>
export type NotedImage = BlueprintNote['images'][number]

/** Fails with `blueprint-lab-wrong`. */
export function readNote(lab: Json, source: string): BlueprintNote {
  const { data } = noteForm.safeParse(lab)
  if (data) return data
  throw failBlueprint('blueprint-lab-wrong', {
    source,
    reason: 'what is said about it is no note of Nestlab.',
  })
}

export function noteJson({
  running,
  ...note
}: BlueprintNote): { readonly [key: string]: Json } & { readonly name: string } {
  const { name, site, machines, images } = note
  return { name, site, machines, images: images.map((image) => ({ ...image })), ...(running && { running }) }
}

/** Paths in a blueprint. */
export const blueprintPaths = {
  lab: 'lab.yaml',
  readme: 'README.md',
  picture: 'picture.txt',
  image: (digest: string) => `images/${digest}`,
  instant: 'running/instant.json',
  /** Of the running lab only: made for this blueprint, and worth nothing once it was taken in. */
  keys: 'running/hand-over-keys.json',
  machine: (name: string) => `running/machines/${name}`,
}
