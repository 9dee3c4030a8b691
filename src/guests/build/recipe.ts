/** What an image is made of, and the steps every image has in common. */
import type { GuestName } from '../guest.ts'
import type { KernelFiles } from './kernel-files.ts'
import type { SystemFiles } from './system-files.ts'
import type { Tree } from './tree.ts'

export interface Recipe {
  readonly name: string
  readonly guest: GuestName
  /** Counts up when the recipe changes in a way that its texts and packages do not show. */
  readonly version: number
  /** Scripts and lists that go into the image: when one changes, so does the recipe. */
  readonly texts: readonly string[]
  /** Debian packages; what they depend on comes along. */
  readonly packages: readonly string[]
  /** Writes the image's files into the workshop's `out` folder. */
  make(workshop: Workshop): Promise<void>
}

export interface Workshop {
  readonly kernel: KernelFiles
  /** A fresh folder for what is to become a file system. */
  readonly staging: string
  /** The folder of the image's files. */
  readonly out: string
  readonly signal: AbortSignal
  files(tree: Tree): SystemFiles
}
