/** Makes the folder of a machine: all of it or nothing, in one script. */
import type { ImageFile } from '#lab'
import { checkSocketPath, frozenMachinePaths, type MachinePaths } from '#store'
import type { MachineOrder } from '../provider.ts'
import { imagePath } from './command-line.ts'
import { heldLine } from './copies/held.ts'
import { restoredOrder } from './copies/restored-order.ts'
import { checkMachine } from './names.ts'
import { recordLine, recordOf } from './record.ts'
import { words, writeScript } from './script.ts'

export interface Workshop {
  readonly paths: MachinePaths
  readonly imagesFolder: string
  readonly libraryDevice?: string
}

export const madeMark = 'nestlab-made'
export const imageMissingMark = 'nestlab-image-missing '

/**
 * The script builds beside the final place and moves the folder there in one step. Where the machine exists already
 * it changes nothing and prints the record it finds.
 */
export function makeMachineScript(wanted: MachineOrder, shop: Workshop): string {
  const order = restoredOrder(wanted)
  checkMachine(order.machine)
  checkSockets(order, shop.paths)
  const { state, record, settings } = shop.paths
  const beside = state.replace(/[^/]+$/, '.new-$&')
  const inside = (path: string) => beside + path.slice(state.length)
  const images = neededImages(order, shop).map((file) => imagePath(file, shop))
  return [
    `if [ -e ${words(state)} ]; then cat ${words(record)} </dev/null || :; exit 0; fi`,
    ...images.map(
      (file) => `[ -r ${words(file)} ] || { echo ${words(imageMissingMark + file)} >&2; exit 1; }`,
    ),
    'umask 077',
    `beside=${words(beside)}`,
    `trap 'rm -rf "$beside"' EXIT`,
    'rm -rf "$beside"',
    writeScript(inside(record), recordLine(recordOf(order))),
    ...(order.frozen?.machine.memory
      ? [writeScript(inside(shop.paths.held), heldLine({ from: order.frozen.folder }))]
      : []),
    ...(order.boot.settings ? [writeScript(inside(settings), order.boot.settings)] : []),
    ...diskLines(order, shop, (index) => inside(shop.paths.disk(index))),
    `mv "$beside" ${words(state)}`,
    `echo ${madeMark}`,
  ].join('\n')
}

function checkSockets({ machine }: MachineOrder, paths: MachinePaths): void {
  for (const nic of machine.nics) checkSocketPath(paths.nicSocket(nic.name))
  for (const path of [paths.consoleSocket, paths.qmpSocket, paths.switchQmpSocket, paths.agentSocket]) {
    checkSocketPath(path)
  }
}

function neededImages({ boot }: MachineOrder, { libraryDevice }: Workshop): readonly ImageFile[] {
  const disks = boot.disks.flatMap((disk) => {
    if (disk.kind === 'made' || (disk.kind === 'library' && libraryDevice)) return []
    return [disk.source]
  })
  return [boot.kernel, boot.initrd, ...disks].filter((file) => file !== undefined)
}

function diskLines(
  { boot, frozen }: MachineOrder,
  shop: Workshop,
  diskFile: (index: number) => string,
): string[] {
  return boot.disks.flatMap((disk, index) => {
    if (disk.kind === 'made') return [writeScript(diskFile(index), disk.content)]
    if (disk.kind !== 'image' || !disk.overlay) return []
    // The format of the layer below is said, not guessed: a raw disk a guest wrote to could claim to be another.
    const layer = frozen && frozenMachinePaths(frozen.folder).disk(index)
    const below = layer
      ? ['-F', 'qcow2', '-b', layer]
      : ['-F', disk.format, '-b', imagePath(disk.source, shop)]
    return [`${words('qemu-img', 'create', '-q', '-f', 'qcow2', ...below, diskFile(index))} </dev/null`]
  })
}
