import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bootConfig } from './boot-config.ts'

const options = ['runweasel', 'ks=cdrom:/KS.CFG', 'systemMediaSize=min']

function patched(text: string, wanted: readonly string[] = options): string {
  const result = bootConfig(Buffer.from(text, 'latin1'), wanted)
  if ('reason' in result) throw new Error(result.reason)
  return Buffer.from(result).toString('latin1')
}

/** Lines of the BOOT.CFG of an installer, as VMware's manual describes them. */
const lines = [
  'bootstate=0',
  'title=Loading ESXi installer',
  'timeout=5',
  'prefix=',
  'kernel=/b.b00',
  'kernelopt=runweasel cdromBoot',
  'modules=/jumpstrt.gz --- /useropts.gz --- /s.v00',
  'build=8.0.3-0.0.24022510',
  'updated=0',
]

test('the boot options are changed in files with either line end, and nothing else', () => {
  for (const end of ['\n', '\r\n']) {
    const text = `${lines.join(end)}${end}`
    const wanted = text.replace('runweasel cdromBoot', options.join(' '))
    assert.equal(patched(text), wanted)
    assert.equal(patched(wanted), wanted, 'a second time changes nothing')
  }
})

test('options of the one who made the installer stay, those that are given anew do not', () => {
  const text = 'kernel=/b.b00\nkernelopt=cdromBoot runweasel ks=http://10.0.0.1/ks allowLegacyCPU=true\n'
  assert.equal(
    patched(text),
    'kernel=/b.b00\nkernelopt=runweasel allowLegacyCPU=true ks=cdrom:/KS.CFG systemMediaSize=min\n',
  )
})

test('a file without boot options gets a line behind the kernel, with the line end of the file', () => {
  assert.equal(
    patched('kernel=/b.b00\r\nbuild=1\r\n'),
    `kernel=/b.b00\r\nkernelopt=${options.join(' ')}\r\nbuild=1\r\n`,
  )
  assert.equal(patched('title=a\nkernel=/b.b00'), `title=a\nkernel=/b.b00\nkernelopt=${options.join(' ')}`)
  assert.equal(
    patched('title=a\r\nkernel=/b.b00'),
    `title=a\r\nkernel=/b.b00\r\nkernelopt=${options.join(' ')}`,
  )
})

test('a file that is no boot configuration, or has its options twice, is refused', () => {
  assert.deepEqual(bootConfig(Buffer.from('hello\n'), options), {
    reason: 'it has neither a line kernel= nor kernelopt=',
  })
  const twice = bootConfig(Buffer.from('kernelopt=a\nkernelopt=b\n'), options)
  assert.deepEqual(twice, { reason: 'it has more than one line kernelopt=' })
})

test('no option brings another one or another line with it', () => {
  for (const option of ['ks=a b', 'ks=a\nkernel=/x', 'a\r', '', '=a', 'ks="a"', 'ks=$(a)', 'ks=é'])
    assert.ok('reason' in bootConfig(Buffer.from('kernelopt=\n'), [option]), JSON.stringify(option))
})

/** A linear congruential generator: the numbers of Numerical Recipes. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

test('of a file of any bytes, only the words behind kernelopt= ever change', () => {
  const seed = Number(process.env.NESTLAB_SEED ?? Date.now() % 2 ** 31)
  const below = numbersFrom(seed)
  const anyByte = () => String.fromCharCode(below(256))
  const anyLine = () => {
    const text = Array.from({ length: below(30) }, anyByte)
      .join('')
      .replaceAll(/[\n]/g, '')
    return /^[ \t]*kernelopt[ \t]*=/.test(text) ? '' : text
  }
  for (let round = 0; round < 500; round++) {
    const before = Array.from({ length: below(5) }, anyLine).join('\n')
    const after = Array.from({ length: below(5) }, anyLine).join('\n')
    const end = below(2) === 0 ? '\n' : '\r\n'
    const [top, bottom] = [before === '' ? '' : `${before}\n`, after === '' ? end : `${end}${after}`]
    const text = `${top}kernelopt=runweasel cdromBoot${bottom}`
    const wanted = `${top}kernelopt=${options.join(' ')}${bottom}`
    assert.equal(patched(text), wanted, `NESTLAB_SEED=${seed}`)
  }
})
