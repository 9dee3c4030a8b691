/** Keys of tunnels to other machines: made, carried and forgotten by `nestlab net key`. */
import { createHash, randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { TunnelKeys } from '#cli'
import { isTunnelName } from '#lab'
import { fileFailure, makePrivateFolder, type Roots, readIfThere, sitePaths, writeWhole } from '#store'
import { failUplink, parseTunnelKey, tunnelKeyBytes, tunnelKeyLine } from './providers/qemu/index.ts'

export function openTunnelKeys(roots: Roots): TunnelKeys {
  return new StoredTunnelKeys(roots)
}

class StoredTunnelKeys implements TunnelKeys {
  readonly #roots: Roots

  constructor(roots: Roots) {
    this.#roots = roots
  }

  async make(tunnel: string, again: boolean) {
    const there = again ? undefined : await this.#find(tunnel)
    const key = there ?? randomBytes(tunnelKeyBytes)
    if (!there) await this.#write(tunnel, key)
    return { made: !there, fingerprint: fingerprintOf(key) }
  }

  async text(tunnel: string): Promise<string> {
    const key = await this.#find(tunnel)
    if (!key) throw failUplink('tunnel-key-missing', { tunnel })
    return tunnelKeyLine(tunnel, key)
  }

  async take(tunnel: string, text: string, again: boolean): Promise<string> {
    const path = this.#path(tunnel)
    const key = parseTunnelKey(text, tunnel)
    if (!key) throw failUplink('tunnel-key-wrong', { tunnel, from: 'what was given' })
    const there = again ? undefined : await this.#find(tunnel)
    if (there && !there.equals(key)) throw failUplink('tunnel-key-there', { tunnel, path })
    await this.#write(tunnel, key)
    return fingerprintOf(key)
  }

  async remove(tunnel: string): Promise<boolean> {
    const path = this.#path(tunnel)
    const there = (await readIfThere(path, 'read the key of a tunnel')) !== undefined
    await rm(path, { force: true })
    return there
  }

  async readFile(file: string, folder: string): Promise<string> {
    const path = resolve(folder, file)
    const text = await readIfThere(path, 'read the key of a tunnel')
    if (text !== undefined) return text
    throw fileFailure('read the key of a tunnel', path, new Error('there is no such file'))
  }

  async #find(tunnel: string): Promise<Buffer | undefined> {
    const path = this.#path(tunnel)
    const text = await readIfThere(path, 'read the key of a tunnel')
    if (text === undefined) return undefined
    const key = parseTunnelKey(text, tunnel)
    // What is damaged is refused, never overwritten.
    if (!key) throw failUplink('tunnel-key-wrong', { tunnel, from: path })
    return key
  }

  async #write(tunnel: string, key: Buffer): Promise<void> {
    const path = this.#path(tunnel)
    await makePrivateFolder(sitePaths(this.#roots).tunnelKeys)
    await writeWhole(path, tunnelKeyLine(tunnel, key), 'write the key of a tunnel')
  }

  #path(tunnel: string): string {
    if (!isTunnelName(tunnel)) throw failUplink('tunnel-name', { tunnel })
    return sitePaths(this.#roots).tunnelKey(tunnel)
  }
}

/** Enough to compare by eye; the key is random, so nothing of it can be guessed from it. */
function fingerprintOf(key: Buffer): string {
  const digest = createHash('sha256').update(key).digest('hex')
  return (digest.slice(0, 16).match(/.{4}/g) ?? []).join('-')
}
