/** Blueprints in words. */
import type { BlueprintFacts, PackedBlueprint, UnpackedBlueprint } from './blueprint-contract.ts'
import { harmless, type Paint } from './paint.ts'
import { bytes, columns } from './table.ts'

export function packedLines(packed: PackedBlueprint, file: string, { good }: Paint): readonly string[] {
  const whys = {
    thin: 'only named by its hash',
    licence: 'left out: its licence does not let it be handed on',
  }
  return [
    `${good('✓')} ${file} (${bytes(packed.bytes)}, ${packed.digest}).`,
    ...packed.absent.map(({ name, why }) => `  ${name}: ${whys[why]}`),
  ]
}

export function unpackedLines(unpacked: UnpackedBlueprint, file: string, { good }: Paint): readonly string[] {
  const { lab, isRunning, notRunning, renamed, missing } = unpacked
  const ways = { thin: 'nestlab image build or import', licence: 'nestlab image import' }
  return [
    `${good('✓')} ${lab} is unpacked.`,
    ...renamed.map(
      ({ name, as }) => `  ${name} is not given away here, so the lab file calls that image ${as}.`,
    ),
    ...missing.map(({ name, sha256, why }) => `  ${name} (${sha256}) is not here: ${ways[why]}.`),
    ...(notRunning === undefined ? [] : [harmless(notRunning)]),
    `Next: nestlab up -f ${file}${isRunning ? ' (goes on from where it was packed)' : ''}`,
  ]
}

export function factLines(facts: BlueprintFacts, { name, faint }: Paint): readonly string[] {
  const { running } = facts
  const signed = facts.isSigned
    ? 'with the named key'
    : facts.signatures > 0
      ? `${facts.signatures} signature(s), by whom is not known (--key FILE)`
      : 'no'
  const rows = [
    ['digest', facts.digest],
    ['packed', `${facts.createdAt}, ${facts.kind}`],
    ['size', `${bytes(facts.packedBytes)}, unpacked ${bytes(facts.unpackedBytes)}`],
    ['signed', signed],
    ['running', running ? `QEMU ${running.qemu}, ${running.accelerator}, CPU ${running.cpu}` : 'no'],
    ['machines', facts.machines.join(', ')],
  ]
  const images = facts.images.map((image) => [
    image.name,
    image.isThere ? 'in it' : 'not in it',
    image.sha256,
  ])
  return [
    name(facts.lab),
    ...columns(rows.map(([key = '', value = '']) => [faint(key), value])),
    ...(images.length > 0 ? [faint('images'), ...columns(images)] : []),
    faint('files'),
    ...columns(facts.files.map((file) => [file.path, bytes(file.bytes)])),
  ]
}
