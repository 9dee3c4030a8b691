/** How long and how much: every limit of the room in one place. */

/** A command without a limit of its own. */
export const RUN_LIMIT_MS = 60_000
/** Stdout and stderr of `run`, each: what a command says is kept in memory as text. */
export const OUTPUT_LIMIT_BYTES = 16 * 2 ** 20
/** `readFile`: larger things are images, which are never read through a host. */
export const FILE_LIMIT_BYTES = 256 * 2 ** 20
/** Files are small or the line is slow; without an end a hung guest would hold its caller for ever. */
export const FILE_CALL_LIMIT_MS = 300_000
/** A socket on the same machine answers at once or not at all. */
export const CONNECT_LIMIT_MS = 15_000
/** Stderr of a session nobody reads: further bytes are dropped, so that the command never stalls on it. */
export const UNREAD_STDERR_BYTES = 2 ** 20
/** A killed process that has not gone by then (uninterruptible sleep) is left to the kernel. */
export const KILL_WAIT_MS = 2_000

/** SSH: asks every so often whether the peer lives, and gives up after this many questions without an answer. */
export const KEEPALIVE_MS = 7_500
export const KEEPALIVE_TRIES = 3
/** A peer that fell silent is lost after at most this: the questions, and one interval to notice. */
export const SILENCE_LIMIT_MS = KEEPALIVE_MS * (KEEPALIVE_TRIES + 1)
/** How long `close` waits for the peer to hang up by itself. */
export const CLOSE_WAIT_MS = 1_000
/** A refused command is asked for again after these waits, then given up. */
export const CHANNEL_RETRIES_MS = [20, 50, 100, 200, 400, 800, 1600]
/** OpenSSH allows 10 sessions (MaxSessions); some stay free for killing, and for the ended ones it still counts. */
export const OPENSSH_COMMANDS_AT_ONCE = 6
/** Dropbear sets no limit below 1000 channels; ours bounds the memory of a small guest. */
export const OTHER_COMMANDS_AT_ONCE = 32
/** Connections to one server for commands that find no place on those there are; lasting sessions come on top. */
export const LINES_AT_MOST = 4
/** Dropbear refuses commands above 9000 bytes (its MAX_CMD_LEN); longer ones travel through stdin. */
export const COMMAND_LIMIT_BYTES = 8_000
