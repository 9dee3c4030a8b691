/** A guest of a few hundred bytes that keeps what it is told, in its memory or on its disk, counts, and can be switched off. */
import { once } from 'node:events'
import type { Boot } from '#lab'
import type { Provider } from '#providers'
import { addImage, type Bench, signal } from './qemu-bench.ts'

/**
 * 16-bit x86 code, loaded at 0x7c00. At 0x500 the number of the disk, at 0x502 the counter, at 0x700 the text in
 * memory, at 0x800 the line that is just being said, at 0x900 what the disk has in its second sector.
 */
const code = [
  ...[0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0], // ax = ds = es = ss = 0
  ...[0xbc, 0x00, 0x7c], //                  mov  sp, 0x7c00
  ...[0x88, 0x16, 0x00, 0x05], //            mov  [0x500], dl     the disk it was loaded from
  ...[0xa3, 0x02, 0x05], //                  mov  [0x502], ax
  ...[0xa2, 0x00, 0x07], //                  mov  [0x700], al
  ...[0xba, 0x02, 0x06, 0xb8, 0x00, 0x01, 0xef], // tell me about the power button
  ...[0xbf, 0x00, 0x08], //                  mov  di, 0x800
  ...[0xbe, 0xcc, 0x7c], //                  mov  si, greeting
  ...[0xba, 0xf8, 0x03], //                  mov  dx, 0x3f8
  ...[0xfb], //                              sti
  ...[0xe8, 0x81, 0x00], //                  call say
  ...[0xf4], //                        wait: hlt                  the timer wakes it 18 times a second
  ...[0xff, 0x06, 0x02, 0x05], //            inc  word [0x502]
  ...[0xba, 0x00, 0x06, 0xed, 0xf6, 0xc4, 0x01], // was it pressed?
  ...[0x0f, 0x85, 0x89, 0x00], //            jnz  off
  ...[0xba, 0xfd, 0x03], //            poll: mov  dx, 0x3fd
  ...[0xec, 0xa8, 0x01], //                  has a byte come?
  ...[0x74, 0xe8], //                        jz   wait
  ...[0xb2, 0xf8, 0xec, 0xee], //            read it, and echo it
  ...[0x3c, 0x0a, 0x74, 0x03], //            the end of a line?
  ...[0xaa, 0xeb, 0xed], //                  append it, jmp poll
  ...[0xb0, 0x00, 0xaa], //            line: append 0
  ...[0xbe, 0x00, 0x08], //                  mov  si, 0x800
  ...[0xbf, 0x00, 0x07], //                  mov  di, 0x700
  ...[0xac, 0x3c, 0x3f, 0x74, 0x1a], //      '?': tell
  ...[0x3c, 0x21, 0x74, 0x0c], //            '!': keep
  ...[0x4e], //                              dec  si
  ...[0xac, 0xaa, 0x84, 0xc0, 0x75, 0xfa], // copy the line to memory
  ...[0xbf, 0x00, 0x08, 0xeb, 0xcf], // done: the next line begins, jmp poll
  ...[0xb8, 0x01, 0x03, 0x89, 0xf3], // keep: write one sector from behind the mark
  ...[0xe8, 0x44, 0x00, 0xeb, 0xf1], //      call disk, jmp done
  ...[0xb8, 0x01, 0x02, 0xbb, 0x00, 0x09], // tell: read one sector to 0x900
  ...[0xe8, 0x39, 0x00], //                  call disk
  ...[0xba, 0xf8, 0x03], //                  mov  dx, 0x3f8
  ...[0xbe, 0x00, 0x07, 0xe8, 0x24, 0x00], // say what memory has
  ...[0xbe, 0x00, 0x09, 0xe8, 0x1e, 0x00], // say what the disk has
  ...[0x8b, 0x1e, 0x02, 0x05], //            mov  bx, [0x502]
  ...[0xb9, 0x04, 0x00], //                  four hexadecimal digits
  ...[0xc1, 0xc3, 0x04, 0x88, 0xd8, 0x24, 0x0f, 0x04, 0x30],
  ...[0x3c, 0x39, 0x76, 0x02, 0x04, 0x27, 0xee, 0xe2, 0xee],
  ...[0xb0, 0x0a, 0xee, 0xeb, 0xbb], //      the end of the line, jmp done
  ...[0xac, 0x84, 0xc0, 0x74, 0x03], //  say: up to 0
  ...[0xee, 0xeb, 0xf8],
  ...[0xb0, 0x7c, 0xee, 0xc3], //            and a bar
  ...[0xb9, 0x02, 0x00, 0xb6, 0x00], // disk: track 0, head 0, sector 2
  ...[0x8a, 0x16, 0x00, 0x05], //            mov  dl, [0x500]
  ...[0xcd, 0x13, 0xc3], //                  ask the BIOS
  ...[0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef], // off: by the board's power management
  ...[0xf4, 0xeb, 0xfd],
]

export const keeperGreeting = 'ready|'

/** SeaBIOS reads nothing from a disk that is smaller than a cylinder. */
const diskBytes = 1024 * 1024

/** Boots it from a disk of its own, on which what it writes stays. */
export async function noteKeeper({ images }: Pick<Bench, 'images'>): Promise<Boot> {
  const disk = Buffer.alloc(diskBytes)
  disk.set(code)
  disk.write('ready\0', code.length)
  disk.writeUInt16LE(0xaa55, 510)
  const source = { image: await addImage(images, 'keeper.img', disk), file: 'keeper.img' }
  return { settings: '', disks: [{ kind: 'image', source, format: 'raw', overlay: true }] }
}

export interface Told {
  readonly memory: string
  readonly disk: string
  /** Grows by 18 a second while it runs. */
  readonly counter: number
}

export async function tellMemory(provider: Provider, name: string, text: string): Promise<void> {
  await converse(provider, name, `${text}\n?\n`)
}

export async function tellDisk(provider: Provider, name: string, text: string): Promise<void> {
  await converse(provider, name, `!${text}\n?\n`)
}

export async function told(provider: Provider, name: string): Promise<Told> {
  const line = await converse(provider, name, '?\n')
  const [memory = '', disk = '', digits = ''] = line.split('|')
  return { memory, disk, counter: Number.parseInt(digits, 16) }
}

const limitMs = 60_000

/** Returns the line that it answers with: it comes after the echo of what it was told. */
async function converse(provider: Provider, name: string, text: string): Promise<string> {
  const limit = AbortSignal.timeout(limitMs)
  const stream = await (await provider.access(name)).console(signal)
  try {
    stream.write(text)
    let heard = ''
    for (;;) {
      heard += String((await once(stream, 'data', { signal: limit }))[0])
      const whole = heard.slice(0, heard.lastIndexOf('\n'))
      const answer = whole.split('\n').find((line) => /^[^|]*\|[^|]*\|[0-9a-f]{4}$/.test(line))
      if (answer !== undefined) return answer
    }
  } finally {
    stream.destroy()
  }
}
