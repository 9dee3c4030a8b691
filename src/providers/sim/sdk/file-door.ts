/** Files of datastores over HTTP, as installers are uploaded: `/folder/iso/esxi.iso?dcPath=DC0&dsName=nas`. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { filesOf } from './datastore.ts'
import { makeParents } from './datastore-calls.ts'
import type { SdkServerParts } from './dispatch.ts'
import { cookieOf, ended } from './http-door.ts'

export async function putOrGetFile(
  { world, sessions, options, controls }: SdkServerParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const basic = `Basic ${Buffer.from(`${options.user}:${options.password}`).toString('base64')}`
  const isKnown = sessions.find(cookieOf(request)) !== undefined || request.headers.authorization === basic
  if (!isKnown) return ended(response, 401, '')
  const datastore = world.all('Datastore').find(({ name }) => name === url.searchParams.get('dsName'))
  const path = decodeURIComponent(url.pathname.replace(/^\/folder\/?/, ''))
  if (!datastore || path === '') return ended(response, 404, '')
  const { files, freeBytes } = filesOf(datastore)
  const stored = files.get(path)
  if (request.method === 'GET' || request.method === 'HEAD') {
    if (!stored || stored.isFolder) return ended(response, 404, '')
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': stored.bytes })
    response.end(request.method === 'GET' ? (stored.content ?? Buffer.alloc(stored.bytes)) : undefined)
    return
  }
  if (request.method !== 'PUT') return ended(response, 405, '')
  if (controls.licence === 'free') return ended(response, 403, '')
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const content = Buffer.concat(chunks)
  if (content.length > freeBytes + (stored?.bytes ?? 0)) return ended(response, 507, '')
  makeParents(filesOf(datastore), path.split('/').slice(0, -1).join('/'))
  files.set(path, { isFolder: false, bytes: content.length, content })
  world.changed()
  ended(response, stored ? 200 : 201, '')
}
