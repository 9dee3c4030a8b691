/** What must be installed is declared in one place, and what is declared is used. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filesOf, read } from './tree.ts'

/** Programs beyond coreutils, sh, awk, grep and sed that the code may start, with the Debian package each comes from. */
const packageOf: Readonly<Record<string, string>> = {
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-img': 'qemu-utils',
  'mkfs.erofs': 'erofs-utils',
  mmdebstrap: 'mmdebstrap',
  zstd: 'zstd',
  xz: 'xz-utils',
  cpio: 'cpio',
  busybox: 'busybox-static',
  xorriso: 'xorriso',
  genisoimage: 'genisoimage',
  isoinfo: 'genisoimage',
  '7zz': '7zip',
  openssl: 'openssl',
  mksquashfs: 'squashfs-tools',
  cc: 'gcc',
}

async function declaredPackages(): Promise<string[]> {
  const lines = (await read('packages.apt')).split('\n').map((line) => line.replace(/\s*#.*/, ''))
  return lines.filter((line) => line !== '').map((line) => line.replace(/^bench:/, ''))
}

test('packages.apt names each package once, with what it is for', async () => {
  const lines = (await read('packages.apt'))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  for (const line of lines) assert.match(line, /^(bench:)?[a-z0-9][a-z0-9.+-]+\s+# \S/, line)
  const names = await declaredPackages()
  assert.deepEqual(names, [...new Set(names)])
})

test('every program that the code starts on this machine comes from a declared package', async () => {
  const declared = await declaredPackages()
  const missing: string[] = []
  for (const file of await filesOf('.ts', '.sh')) {
    if (file === 'test/repo/packages.test.ts') continue
    const text = await read(file)
    for (const [program, name] of Object.entries(packageOf)) {
      // As the first word of an argument list: ['qemu-img', …] or run('qemu-img', …).
      const starts = new RegExp(
        `(\\[|spawn\\(|execFile\\w*\\(|run\\()\\s*'${program.replaceAll('.', '\\.')}'\\s*,`,
      )
      if (starts.test(text) && !declared.includes(name)) missing.push(`${file} starts ${program} of ${name}`)
    }
  }
  assert.deepEqual(missing, [])
})

test('versions of npm packages are exact, and none may run a script when it is installed', async () => {
  const manifest = JSON.parse(await read('package.json'))
  const versions = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies }
  for (const [name, version] of Object.entries(versions))
    assert.match(String(version), /^\d+\.\d+\.\d+$/, name)
  assert.match(await read('.npmrc'), /^ignore-scripts=true$/m)
})
