/** Items of content libraries, opened as packages: their files are read from the library as they are asked for. */
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Machine } from '#lab'
import { fail } from '../errors.ts'
import type { LibrarySource, OvfContent } from '../level.ts'
import { pause } from '../soap/waiting.ts'
import type { Level } from '../switches.ts'
import { RestSession } from './rest-session.ts'

const prepareLookMs = 500
const mostLooks = 600
const descriptorBytes = 4 * 2 ** 20

interface LibraryFile {
  readonly name: string
  readonly sizeBytes: number
}

/** Fails with `vsphere-missing`, `vsphere-not-prepared`, and what reading the descriptor fails with. */
export async function openLibraryItem(
  { level, place }: { readonly level: Level['level']; readonly place: Pick<Level['place'], 'isVCenter'> },
  machine: Machine,
  source: LibrarySource,
  signal: AbortSignal,
): Promise<OvfContent> {
  const { connection } = level
  const refuse = (reason: string): never => {
    const from = `${source.library}/${source.item}`
    throw fail('vsphere-not-prepared', { machine: machine.path, source: from, reason })
  }
  if (!place.isVCenter) return refuse('an ESXi host alone has no content libraries')
  const session = await RestSession.open(connection.server, connection.credentials, signal)
  try {
    const item = await itemOf(session, source, signal)
    const type = textOf(
      await session.ask({ method: 'GET', path: `content/library/item/id:${item}` }, signal),
      'type',
    )
    if (type !== 'ovf') return refuse(`it is of the kind ${JSON.stringify(type)}, and not an OVF`)
    const files = await filesOf(session, item, signal)
    const descriptor = files.find(({ name }) => /\.ovf$/i.test(name))
    if (!descriptor || descriptor.sizeBytes > descriptorBytes)
      return refuse('it has no descriptor of a fit size')
    const downloads = await downloadSession(session, item, signal)
    const written = await text(await opened(session, { downloads, file: descriptor.name }, signal))
    if (!level.describedBy) return refuse('nobody here reads descriptors')
    const described = await level.describedBy(written, machine)
    return {
      ...described,
      descriptor: written,
      files: files
        .filter((file) => file !== descriptor)
        .map(({ name, sizeBytes }) => ({
          ...{ name, sizeBytes },
          read: (until) => lazily(() => opened(session, { downloads, file: name }, until)),
        })),
      [Symbol.asyncDispose]: async () => {
        await ended(session, downloads)
        await session.close()
      },
    }
  } catch (error) {
    await session.close()
    throw error
  }
}

async function itemOf(session: RestSession, source: LibrarySource, signal: AbortSignal): Promise<string> {
  const find = async (path: string, spec: Readonly<Record<string, string>>) =>
    listOf(await session.ask({ method: 'POST', path, query: { '~action': 'find' }, body: { spec } }, signal))
  const only = (what: string, name: string, ids: readonly string[]) => {
    const [first, ...others] = ids
    if (first !== undefined && others.length === 0) return first
    const names = others.length > 0 ? [`${ids.length} of that name`] : []
    throw fail('vsphere-missing', { what, name, names })
  }
  const library = only(
    'content library',
    source.library,
    await find('content/library', { name: source.library }),
  )
  const items = await find('content/library/item', { name: source.item, library_id: library })
  return only(`item in ${source.library}`, source.item, items)
}

async function filesOf(
  session: RestSession,
  item: string,
  signal: AbortSignal,
): Promise<readonly LibraryFile[]> {
  const query = { library_item_id: item }
  const listed = await session.ask({ method: 'GET', path: 'content/library/item/file', query }, signal)
  return (Array.isArray(listed) ? listed : []).flatMap((one: unknown) => {
    const name = textOf(one, 'name')
    const size = fieldOf(one, 'size')
    return name === '' || typeof size !== 'number' ? [] : [{ name, sizeBytes: size }]
  })
}

/** Belongs to the server; it ends with its item when nobody ends it. */
async function downloadSession(session: RestSession, item: string, signal: AbortSignal): Promise<string> {
  const path = 'content/library/item/download-session'
  const body = { create_spec: { library_item_id: item } }
  const id = await session.ask({ method: 'POST', path, body }, signal)
  if (typeof id === 'string') return id
  throw fail('vsphere-answer-unreadable', { reason: 'there is no download session' })
}

async function ended(session: RestSession, downloads: string): Promise<void> {
  const path = `content/library/item/download-session/id:${downloads}`
  await session.ask({ method: 'DELETE', path }, AbortSignal.timeout(5000)).catch(() => undefined)
}

/** A library on a slow store brings the file near first. */
async function opened(
  session: RestSession,
  { downloads, file }: { readonly downloads: string; readonly file: string },
  signal: AbortSignal,
): Promise<Readable> {
  const path = `content/library/item/downloadsession/file/id:${downloads}`
  const ask = async (action: string) =>
    await session.ask(
      { method: 'POST', path, query: { '~action': action }, body: { file_name: file } },
      signal,
    )
  let info = await ask('prepare')
  for (let looks = 0; looks < mostLooks; looks += 1) {
    const status = textOf(info, 'status')
    const uri = textOf(fieldOf(info, 'download_endpoint'), 'uri')
    if (status === 'PREPARED' && uri !== '') return await session.download(new URL(uri), signal)
    if (status === 'ERROR') break
    await pause(prepareLookMs, signal)
    info = await ask('get')
  }
  throw fail('vsphere-refused', {
    method: 'Reading a library',
    fault: 'ERROR',
    message: `${file} is not prepared`,
  })
}

/** Asked for when somebody reads it. */
function lazily(open: () => Promise<Readable>): Readable {
  return Readable.from(
    (async function* bytes() {
      yield* (await open()) as AsyncIterable<Buffer>
    })(),
  )
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined
}

function textOf(value: unknown, name: string): string {
  const field = fieldOf(value, name)
  return typeof field === 'string' ? field : ''
}

const listOf = (value: unknown) =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
