/** What `nestlab import` is handed: reads a site and writes down what it has. */

export interface ImportWish {
  readonly site: string
  /** Path of a folder of machines. */
  readonly folder?: string
  readonly cluster?: string
  /** Names of machines; `*` stands for any letters. */
  readonly machines?: readonly string[]
  /** Log in to nested hosts also where nobody vouches for their certificate. */
  readonly trustNested: boolean
}

export interface Imported {
  /** Of the lab. */
  readonly name: string
  /** The lab file. */
  readonly text: string
  /** Physical ones. */
  readonly hosts: number
  /** Of all levels. */
  readonly machines: number
  /** Paths of nested hosts whose inside was read. */
  readonly read: readonly string[]
  readonly unread: readonly { readonly path: string; readonly text: string }[]
  /** One sentence for whatever else could not be seen. */
  readonly unseen: readonly string[]
}

export interface ImportCommands {
  /** Nothing on the site is changed. */
  vsphere(
    wish: ImportWish,
    options: { readonly signal: AbortSignal; readonly onProgress: (text: string) => void },
  ): Promise<Imported>
}
