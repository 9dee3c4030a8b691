/** The smallest system that a PC can boot: greets and echoes on the serial port, and heeds the power button. */

/**
 * 16-bit x86 code, loaded at 0x7c00. Port 0x600 is where SeaBIOS puts the power management registers of the `pc`
 * board: status (power button = bit 8), then enable, then control (0x2000 = soft off).
 */
const code = [
  ...[0x31, 0xc0], //             xor  ax, ax
  ...[0x8e, 0xd8], //             mov  ds, ax
  ...[0xba, 0x02, 0x06], //       mov  dx, 0x602
  ...[0xb8, 0x00, 0x01], //       mov  ax, 0x100
  ...[0xef], //                   out  dx, ax         tell me about the power button
  ...[0xba, 0xf8, 0x03], //       mov  dx, 0x3f8
  ...[0xbe, 0x3c, 0x7c], //       mov  si, greeting
  ...[0xfb], //                   sti
  ...[0xac], //            print: lodsb
  ...[0x84, 0xc0], //             test al, al
  ...[0x74, 0x03], //             jz   wait
  ...[0xee], //                   out  dx, al
  ...[0xeb, 0xf8], //             jmp  print
  ...[0xf4], //             wait: hlt                 the timer wakes it 18 times a second
  ...[0xba, 0x00, 0x06], //       mov  dx, 0x600
  ...[0xed], //                   in   ax, dx
  ...[0xf6, 0xc4, 0x01], //       test ah, 1
  ...[0x75, 0x0e], //             jnz  off
  ...[0xba, 0xfd, 0x03], //       mov  dx, 0x3fd
  ...[0xec], //                   in   al, dx
  ...[0xa8, 0x01], //             test al, 1          has a byte come?
  ...[0x74, 0xee], //             jz   wait
  ...[0xb2, 0xf8], //             mov  dl, 0xf8
  ...[0xec], //                   in   al, dx
  ...[0xee], //                   out  dx, al
  ...[0xeb, 0xe8], //             jmp  wait
  ...[0xba, 0x04, 0x06], //  off: mov  dx, 0x604
  ...[0xb8, 0x00, 0x20], //       mov  ax, 0x2000
  ...[0xef], //                   out  dx, ax
  ...[0xf4], //                   hlt
  ...[0xeb, 0xfd], //             jmp  $ - 1
]

export const greeting = 'ready'

/** SeaBIOS reads nothing from a disk that is smaller than a cylinder. */
const diskBytes = 1024 * 1024

export function bootDisk(): Buffer {
  const disk = Buffer.alloc(diskBytes)
  disk.set(code)
  disk.write(`${greeting}\r\n`, code.length)
  disk.writeUInt16LE(0xaa55, 510)
  return disk
}
