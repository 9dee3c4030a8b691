/** `nestlab image`: the images that machines start from. */
import { resolve } from 'node:path'
import type { Image } from '#guests'
import { imageProgress } from '../image-progress.ts'
import { harmless } from '../paint.ts'
import { bytes, columns } from '../table.ts'
import type { Call, OptionRow, Verb } from '../verb.ts'

const nameArgument: OptionRow = ['<name>', 'the image, as in nestlab image ls']

const list: Verb = {
  name: 'ls',
  summary: 'list the images in the image store',
  examples: [{ line: 'nestlab image ls', does: 'names, sizes and SHA-256' }],
  async run(call) {
    const service = await call.services.images()
    const images = await service.list()
    if (call.json) call.terminal.say(JSON.stringify({ images }))
    else sayImages(call, images, service.buildable)
    return 0
  },
}

const build: Verb = {
  name: 'build',
  summary: 'build images out of Debian packages',
  more: 'The same packages give the same SHA-256. Without a name every image that Nestlab can build is built.',
  arguments: [['[name...]', 'tiny, kvm-node']],
  options: [['--again', 'build even when the image is there']],
  examples: [
    { line: 'nestlab image build', does: 'everything that labs usually need' },
    { line: 'nestlab image build tiny --again', does: 'one of them, anew' },
  ],
  async run(call) {
    const service = await call.services.images()
    const names = call.args.length > 0 ? call.args : service.buildable
    const built: Image[] = []
    using progress = imageProgress(call.terminal)
    for (const name of names) {
      const work = { onProgress: progress.onProgress, signal: call.signal, again: call.has('again') }
      built.push(await service.build(name, work))
    }
    progress[Symbol.dispose]()
    if (call.json) call.terminal.say(JSON.stringify({ images: built }))
    else sayImages(call, built, [])
    return 0
  },
}

const importing: Verb = {
  name: 'import',
  summary: 'take a disk image file (qcow2 or raw) into the image store',
  arguments: [['<file>', 'the disk image']],
  options: [['--name <name>', 'how labs call it (default: the name of the file)']],
  examples: [
    { line: 'nestlab image import debian-12.qcow2 --name debian', does: 'then in a lab: image: debian' },
  ],
  async run(call) {
    const [file = ''] = call.args
    const service = await call.services.images()
    using progress = imageProgress(call.terminal)
    const name = call.value('name')
    const image = await service.import(resolve(call.folder, file), name, {
      onProgress: progress.onProgress,
      signal: call.signal,
    })
    progress[Symbol.dispose]()
    if (call.json) call.terminal.say(JSON.stringify(image))
    else sayImages(call, [image], [])
    return 0
  },
}

const verify: Verb = {
  name: 'verify',
  summary: 'compare the files of images with their SHA-256',
  arguments: [['[name...]', 'images; none means all']],
  examples: [{ line: 'nestlab image verify', does: 'after a disk error, or before sharing' }],
  async run(call) {
    const service = await call.services.images()
    const names = call.args.length > 0 ? call.args : (await service.list()).map((image) => image.name)
    const results: { name: string; wrong: readonly string[] }[] = []
    for (const name of names) results.push({ name, wrong: await service.verify(name, call.signal) })
    const { paint, say } = call.terminal
    if (call.json) say(JSON.stringify({ images: results }))
    else {
      for (const { name, wrong } of results) {
        if (wrong.length === 0) say(`${paint.good('✓')} ${name} is intact.`)
        for (const text of wrong) say(`${paint.bad('✗')} ${name}: ${harmless(text)}`)
      }
    }
    return results.some(({ wrong }) => wrong.length > 0) ? 1 : 0
  },
}

const remove: Verb = {
  name: 'rm',
  summary: 'remove an image from the image store',
  arguments: [nameArgument],
  examples: [
    { line: 'nestlab image rm debian', does: 'free its space; nestlab image build or import brings it back' },
  ],
  async run(call) {
    const [name = ''] = call.args
    const freedBytes = await (await call.services.images()).remove(name)
    if (call.json) call.terminal.say(JSON.stringify({ name, freedBytes }))
    else call.terminal.say(`Removed ${name}: ${bytes(freedBytes)} freed.`)
    return 0
  },
}

export const image: Verb = {
  name: 'image',
  summary: 'list, build, import, verify or remove the images of machines',
  examples: [...list.examples, ...build.examples],
  verbs: [list, build, importing, verify, remove],
}

function sayImages(call: Call, images: readonly Image[], buildable: readonly string[]): void {
  const { paint, say } = call.terminal
  const rows = images.map((image) => {
    const sizes = Object.values(image.files).map((file) => file.sizeBytes)
    return [
      paint.name(image.name),
      image.guest,
      bytes(sizes.reduce((sum, size) => sum + size, 0)),
      image.sha256,
    ]
  })
  const missing = buildable.filter((name) => !images.some((image) => image.name === name))
  if (rows.length > 0)
    say(columns([['IMAGE', 'GUEST', 'SIZE', 'SHA-256'].map(paint.faint), ...rows]).join('\n'))
  if (missing.length > 0) say(`Not built yet: ${missing.join(', ')}. Build with: nestlab image build`)
}
