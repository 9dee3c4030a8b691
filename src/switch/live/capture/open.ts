/** Asks a running switch process for a capture. */
import { connect, type Socket } from 'node:net'
import { fail } from '../../errors.ts'
import type { Answer } from '../control-server.ts'
import type { CaptureRequest } from './request.ts'

const limitMs = 5000
const newline = 10

/**
 * The connection, from which pcapng can be read. Ending its writing side makes the switch bring the capture to its
 * end. Rejects with `switch-unreachable` or `switch-refused`.
 */
export async function openCapture(controlSocket: string, capture: CaptureRequest): Promise<Socket> {
  const socket = connect({ path: controlSocket, allowHalfOpen: true })
  const unreachable = (why: string) => fail('switch-unreachable', { controlSocket, why })
  const late = setTimeout(
    () => socket.destroy(unreachable(`it did not answer within ${limitMs} ms`)),
    limitMs,
  )
  try {
    socket.write(`${JSON.stringify({ id: 0, do: 'capture', capture })}\n`)
    const answer = JSON.parse(await firstLine(socket)) as Answer
    if (!answer.ok) throw fail('switch-refused', { request: 'capture', why: answer.error?.message ?? '' })
    return socket
  } catch (error) {
    socket.destroy()
    if (error instanceof Error && 'errno' in error) throw unreachable(error.message)
    throw error
  } finally {
    clearTimeout(late)
  }
}

/** What follows the line stays to be read. */
function firstLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let gathered = Buffer.alloc(0)
    const done = () => socket.off('readable', hear).off('error', reject).off('close', closed)
    const closed = () => reject(fail('switch-lost', { controlSocket: 'the capture' }))
    const hear = () => {
      for (let chunk = socket.read(); Buffer.isBuffer(chunk); chunk = socket.read()) {
        gathered = Buffer.concat([gathered, chunk])
        const end = gathered.indexOf(newline)
        if (end < 0) continue
        done()
        socket.unshift(gathered.subarray(end + 1))
        return resolve(gathered.toString('utf8', 0, end))
      }
    }
    socket.on('readable', hear).on('error', reject).on('close', closed)
  })
}
