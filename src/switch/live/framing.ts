/** QEMU's stream framing: each frame follows its length, 4 bytes big-endian. Sizes with their sources. */

export const lengthBytes = 4

/** A longer length means that the stream has lost its framing; no frame of any MTU is that long. */
export const longestBelieved = 262_144

/**
 * QEMU (net/net.c, NET_BUFSIZE) closes its end when it is sent a frame of more than 69 632 bytes. With this MTU a
 * frame stays below that, header and two tags included.
 */
export const highestMtu = 65_535

/** Room for the longest believed frame and the beginning of the next, in whole pages. */
export const readBufferBytes = 266_240

/** What may wait for one port before frames are dropped. */
export const queueBytes = 1_048_576
