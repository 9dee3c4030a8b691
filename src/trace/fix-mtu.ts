/** MTUs with which a frame fits through every switch on its way. */
import { blamedSwitch, type Idea, type Scene, socketAt, weights } from './fix-scene.ts'
import { switchKeys } from './places.ts'

/** What VXLAN adds around a packet: outer IP, UDP and VXLAN headers, and the inner frame's own header. */
const vxlanBytes = 50
/** A frame that keeps its VLAN tag inside is longer by it. */
const tagBytes = 4

/** The switch takes what the ends may send, in an overlay with what is put around it. */
export function raiseMtu(scene: Scene): readonly Idea[] {
  const { lab, cause } = scene
  const blamed = blamedSwitch(lab, cause)
  const wanted = wantedMtu(scene)
  if (!blamed || wanted === undefined || wanted <= blamed.mtu || wanted > mostMtu) return []
  return [{ keys: [...switchKeys(cause.owner, cause.switchName), 'mtu'], value: wanted, weight: weights.mtu }]
}

const mostMtu = 9216

function wantedMtu({ lab, leg, hop }: Scene): number | undefined {
  const ends = [leg?.from, leg?.to].flatMap((port) => (port === undefined ? [] : (socketAt(lab, port) ?? [])))
  if (ends.length === 0) return undefined
  const largest = Math.max(...ends.map(({ labSwitch }) => labSwitch.mtu))
  if (hop?.overlay === undefined) return largest
  const tagged = ends.some(({ group }) => group.vlan.mode === 'trunk')
  return largest + vxlanBytes + (tagged ? tagBytes : 0)
}

/** The ends send no more than the switch takes. */
export function lowerMtu({ lab, cause, leg, hop }: Scene): readonly Idea[] {
  const blamed = blamedSwitch(lab, cause)
  if (!blamed) return []
  if (hop?.overlay !== undefined) {
    return [
      { keys: ['overlays', hop.overlay, 'mtu'], value: blamed.mtu - vxlanBytes, weight: weights.lowerMtu },
    ]
  }
  return [leg?.from, leg?.to].flatMap((port) => {
    const socket = port === undefined ? undefined : socketAt(lab, port)
    if (!socket || socket.labSwitch.mtu <= blamed.mtu) return []
    const keys = [...switchKeys(socket.owner, socket.labSwitch.name), 'mtu']
    return [{ keys, value: blamed.mtu, weight: weights.lowerMtu }]
  })
}
