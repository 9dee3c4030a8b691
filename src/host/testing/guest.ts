/** A small real guest for tests: Debian's cloud kernel, kept between runs, and BusyBox that says it is up. */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const CACHE = fileURLToPath(new URL('../../../.cache/test-kernel', import.meta.url))
const BUSYBOX = '/usr/bin/busybox'

const INIT = `#!/bin/busybox sh
/bin/busybox echo "nestlab: ready"
/bin/busybox poweroff -f
`

export interface TestGuest {
  readonly kernel: string
  readonly initrd: string
}

/** Undefined where it cannot be made: no package registry, no BusyBox. */
export function makeTestGuest(folder: string): TestGuest | undefined {
  if (!existsSync(BUSYBOX)) return undefined
  const kernel = join(CACHE, 'vmlinuz')
  try {
    if (!existsSync(kernel)) fetchKernel(kernel)
  } catch {
    return undefined
  }
  return { kernel, initrd: makeInitrd(folder) }
}

function fetchKernel(target: string): void {
  mkdirSync(dirname(target), { recursive: true })
  const work = mkdtempSync(join(dirname(target), 'work-'))
  try {
    const depends = execFileSync('apt-cache', ['depends', 'linux-image-cloud-amd64'], { encoding: 'utf8' })
    const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1] ?? ''
    execFileSync('apt-get', ['download', '-qq', name], { cwd: work, stdio: 'ignore' })
    for (const file of readdirSync(work)) execFileSync('dpkg-deb', ['-x', file, 'unpacked'], { cwd: work })
    const boot = join(work, 'unpacked', 'boot')
    const image = readdirSync(boot).find((file) => file.startsWith('vmlinuz-')) ?? ''
    renameSync(join(boot, image), target)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function makeInitrd(folder: string): string {
  const root = join(folder, 'root')
  mkdirSync(join(root, 'bin'), { recursive: true })
  mkdirSync(join(root, 'dev'))
  copyFileSync(BUSYBOX, join(root, 'bin', 'busybox'))
  chmodSync(join(root, 'bin', 'busybox'), 0o755)
  writeFileSync(join(root, 'init'), INIT, { mode: 0o755 })
  const files = ['init', 'bin', 'bin/busybox', 'dev'].join('\n')
  const archive = execFileSync('cpio', ['-o', '-H', 'newc', '--quiet'], {
    cwd: root,
    input: `${files}\n`,
    maxBuffer: 64 * 2 ** 20,
  })
  const initrd = join(folder, 'initrd')
  writeFileSync(initrd, archive)
  return initrd
}
