/** Keeps socket paths within what the kernel takes. */
import { failStore } from './errors.ts'

/** `sun_path` has 108 bytes on Linux (unix(7)), the last one for the final zero. */
export const socketPathLimitBytes = 107

/** Fails early and by name; QEMU's own message about a long path does not say what to do. */
export function checkSocketPath(path: string): void {
  const bytes = Buffer.byteLength(path)
  if (bytes > socketPathLimitBytes) {
    throw failStore('socket-path-too-long', { path, bytes, limit: socketPathLimitBytes })
  }
}
