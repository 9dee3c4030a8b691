/** QEMU's stream framing: each frame follows its length, 4 bytes big-endian. Sizes with their sources. */

export const lengthBytes = 4

/** A longer length means that the stream has lost its framing; no frame of any MTU is that long. */
export const longestBelieved = 262_144

/** QEMU (net/net.c, NET_BUFSIZE) closes its end when it is sent a longer frame. What is longer is a giant. */
export const longestTaken = 69_632

/** With this MTU a frame is no giant, header and two tags included. */
export const highestMtu = 65_535

/**
 * Room for the longest frame that is taken and the beginning of the next. No more than that: a socket has room for
 * some 200 KiB by default, so that what one read brings can leave in one write.
 */
export const readBufferBytes = 131_072

/** What may wait for one port before frames are dropped. */
export const queueBytes = 1_048_576
