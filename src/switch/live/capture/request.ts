/** What a capture is asked for. */
import { flag, integer, listOf, object, text } from '../shape.ts'

/** Longest frame that any port carries, with room to spare. */
export const longestSnapBytes = 262_144

export interface CaptureRequest {
  /** Ids of ports; all of them, later ones too, when absent. */
  readonly ports?: readonly string[]
  readonly dropsOnly: boolean
  /** Keeps so much of each frame; 0 for all of it. */
  readonly snapBytes: number
  /** Ends after so many frames; 0 for never. */
  readonly frames: number
}

const shape = object(
  {
    dropsOnly: flag,
    snapBytes: integer(0, longestSnapBytes),
    frames: integer(0, Number.MAX_SAFE_INTEGER),
  },
  { ports: listOf(text) },
)

/** Throws a `ShapeError`. */
export function readCaptureRequest(value: unknown): CaptureRequest {
  return shape(value, 'capture')
}
