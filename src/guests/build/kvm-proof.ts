/**
 * A 64 KiB firmware that only a working virtual CPU gets to the end of: the kvm-node starts it once to prove KVM.
 *
 * It builds page tables, enters long mode, adds up 512 KiB of memory, takes an invalid-opcode exception through its
 * own IDT, reads EFER back, and writes 0x2a to port 0xf4 (QEMU's isa-debug-exit: exit code 2 * 0x2a + 1 = 85).
 * A /dev/kvm that merely opens does not get there. The board is microvm, the quickest to start.
 */

export const proofExitCode = 85

/** Assembled from kvm-proof.s, which stands beside this file. */
const code = [
  'fa31c08ec08ed0bf0010b90018fcf3ab26c7060010032026c7060020033026c706003083002e660f011608010f20e066',
  '83c8200f22e066b8001000000f22d866b9800000c00f32660d000100000f300f20c0660d010000800f22c066ea63000f',
  '000800bc0080000066b810008ed88ed0b8ce000f00668904256040000066c7042562400000080066c704256440000000',
  '8ec1e810668904256640000048c7042568400000000000000f011c250e010f00b900000100bb0000100031c048ff0348',
  '03034883c308ffc975f20f0beb11b9800000c00f320fbae00a7304b02aeb02b01566baf400eef4ebf60f1f8000000000',
  '000000000000000000000000009a200000000000009200001700f0000f007f000040000000000000',
]

/** Firmware ends at 4 GiB; its last 16 bytes hold the reset vector, here a far jump to f000:0000. */
export function kvmProof(): Buffer {
  const firmware = Buffer.alloc(0x10000)
  Buffer.from(code.join(''), 'hex').copy(firmware, 0)
  Buffer.from([0xea, 0x00, 0x00, 0x00, 0xf0]).copy(firmware, 0xfff0)
  return firmware
}
