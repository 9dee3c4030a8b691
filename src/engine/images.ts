/** Makes the images of a lab ready and says which image each machine gets. */
import type { Guests, ImageProgress } from '#guests'
import { machinesOf, type ResolvedLab } from '#lab'
import type { EngineEvent } from './plan-types.ts'

/** SHA-256 by machine path; machines whose image is not in the image store are left out. */
export async function imagesOf(guests: Guests, lab: ResolvedLab): Promise<ReadonlyMap<string, string>> {
  const asked = new Map<string, Promise<string | undefined>>()
  const images = new Map<string, string>()
  for (const { path, image } of machinesOf(lab.top)) {
    const key = JSON.stringify(image)
    const found = asked.get(key) ?? guests.find(image).then((one) => one?.sha256)
    asked.set(key, found)
    const sha256 = await found
    if (sha256 !== undefined) images.set(path, sha256)
  }
  return images
}

/** Builds or fetches what is not there, with a note whenever there is something new to say. */
export async function provideImages(
  guests: Guests,
  lab: ResolvedLab,
  run: { readonly onEvent: (event: EngineEvent) => void; readonly signal: AbortSignal },
): Promise<void> {
  const said = new Set<string>()
  const onProgress = (progress: ImageProgress) => {
    const text = progressText(progress)
    if (said.has(text)) return
    said.add(text)
    run.onEvent({ kind: 'note', path: '', text })
  }
  await guests.provide(lab, onProgress, run.signal)
}

/** In tenths, so that a download does not fill the screen. */
function progressText({ image, doing, doneBytes, totalBytes }: ImageProgress): string {
  const text = `image ${image}: ${doing}`
  if (doneBytes === undefined || !totalBytes) return text
  return `${text}, ${Math.floor((doneBytes / totalBytes) * 10) * 10} %`
}
