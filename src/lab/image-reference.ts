/** Reads `image:` when it names a file or an address: what is refused here can reach nothing outside the lab's folder. */
import { clipped, good, type Read, refused } from './problem.ts'

/** A relative path that stays in the folder of the lab file; symbolic links are checked when it is opened. */
export function readImageFile(file: string): Read<string> {
  const quoted = `"${clipped(file)}"`
  const remedy =
    'Put the image beside the lab file and write its relative path, such as `images/debian.qcow2`.'
  if (file === '' || file.length > 400) return refused('The file of the image has no usable name.', remedy)
  if (/^[/\\~]|^[A-Za-z]:/.test(file)) return refused(`${quoted} is not a relative path.`, remedy)
  const strange = /[^\p{L}\p{N}\p{M} ._+@/()=-]/u.exec(file)
  if (strange)
    return refused(`The path ${quoted} holds the character \`${clipped(strange[0])}\`.`, 'Rename the file.')
  const steps = file.split('/').filter((step) => step !== '' && step !== '.')
  if (steps.includes('..')) return refused(`${quoted} leads out of the folder of the lab file.`, remedy)
  if (steps.length === 0) return refused(`${quoted} names no file.`, remedy)
  if (steps.some((step) => step.startsWith('-'))) {
    return refused(`A part of ${quoted} begins with a hyphen.`, 'Rename the file.')
  }
  return good(steps.join('/'))
}

/** HTTPS anywhere; plain HTTP only to this machine, where tests serve images. */
export function readImageUrl(text: string): Read<string> {
  const remedy = 'Write an `https://` address.'
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || text.length > 2000 || /[^\x21-\x7e]/.test(text)) {
    return refused(`"${clipped(text)}" is not a web address.`, remedy)
  }
  if (url.username !== '' || url.password !== '') {
    return refused(
      'The address of the image holds a user name or password.',
      'Lab files hold no secrets; remove it.',
    )
  }
  if (url.protocol === 'https:') return good(url.href)
  const loopback = /^(localhost|127(\.[0-9]{1,3}){3}|\[::1\])$/.test(url.hostname)
  if (url.protocol === 'http:' && loopback) return good(url.href)
  return refused(`Images are not fetched over "${clipped(url.protocol.slice(0, -1))}".`, remedy)
}

/** Lower-case hex. */
export function readSha256(text: string): Read<string> {
  if (/^[0-9A-Fa-f]{64}$/.test(text)) return good(text.toLowerCase())
  return refused(
    `"${clipped(text)}" is not a SHA-256.`,
    'Write the 64 hex digits that `sha256sum FILE` prints.',
  )
}
