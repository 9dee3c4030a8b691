/** `nestlab site`: vCenters and ESXi hosts that labs can be put on, or read from. */
import { agrees } from '../ask.ts'
import { fail } from '../errors.ts'
import { harmless } from '../paint.ts'
import type { NewSite, SiteReport } from '../site-contract.ts'
import { columns } from '../table.ts'
import type { Call, Exit, Verb } from '../verb.ts'

const add: Verb = {
  name: 'add',
  summary: 'add a vCenter or ESXi host, after a look at its certificate',
  more: 'The password is asked for, or taken from the environment variable NESTLAB_PASSWORD_NAME or the keyring of the system. It is never written into a file of Nestlab.',
  arguments: [
    ['<name>', 'how lab files and commands call it'],
    ['<url>', 'its address, as in https://vcenter.lab'],
  ],
  options: [
    ['--user <user>', 'who logs in, as in administrator@vsphere.local'],
    ['--fingerprint <sha256>', 'accept this certificate without asking'],
    ['--remember', 'keep the password in the keyring of the system'],
    ['--again', 'replace a site of that name'],
  ],
  examples: [
    {
      line: 'nestlab site add home https://vcenter.lab --user administrator@vsphere.local',
      does: 'show the certificate, ask, log in and look around',
    },
  ],
  async run(call) {
    const [name = '', url = ''] = call.args
    const user = call.value('user')
    if (user === undefined)
      throw fail('wrong-usage', { text: 'Who logs in? Add --user.', command: 'nestlab site add' })
    const sites = await call.services.sites()
    const wanted: NewSite = { name, url, user, again: call.has('again'), remember: call.has('remember') }
    const fingerprint = await accepted(call, wanted)
    const report = await sites.add(
      { ...wanted, ...(fingerprint !== undefined && { fingerprint }) },
      call.signal,
    )
    return await said(call, report, `${call.terminal.paint.good('✓')} ${name} is added.`)
  },
}

/** The certificate to be pinned; undefined where an authority vouches for it, or where nothing is encrypted. */
async function accepted(call: Call, wanted: NewSite): Promise<string | undefined> {
  const { name, url } = wanted
  const given = call.value('fingerprint')
  if (given !== undefined) {
    const fingerprint = given.toUpperCase()
    if (/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/.test(fingerprint)) return fingerprint
    const text = 'A fingerprint is 32 pairs of hex digits with colons between them.'
    throw fail('wrong-usage', { text, command: 'nestlab site add' })
  }
  if (/^http:/i.test(url)) return undefined
  const { fingerprint, isVouched } = await (await call.services.sites()).certificate(wanted)
  if (isVouched) return undefined
  const { terminal, signal } = call
  terminal.tell(`Nobody vouches for the certificate of ${harmless(url)}. Its SHA-256 is\n  ${fingerprint}`)
  if (await agrees(terminal, 'Is that the one that the server itself shows?', signal)) return fingerprint
  throw fail('certificate-not-accepted', { site: name, fingerprint })
}

const test: Verb = {
  name: 'test',
  summary: 'log in and show what is there: hosts, networks with their policies, datastores, licences',
  arguments: [['<name>', 'the site']],
  examples: [{ line: 'nestlab site test home', does: 'what is there, and what will break nested networks' }],
  run: async (call) =>
    await said(call, await (await call.services.sites()).test(call.args[0] ?? '', call.signal), undefined),
}

async function said(call: Call, report: SiteReport, first: string | undefined): Promise<Exit> {
  const { siteLines } = await import('../site-text.ts')
  const { terminal } = call
  if (call.json) terminal.say(JSON.stringify(report))
  else terminal.say([...(first ? [first] : []), ...siteLines(report, terminal.paint)].join('\n').trimEnd())
  return 0
}

const ls: Verb = {
  name: 'ls',
  summary: 'list the sites that were added',
  examples: [{ line: 'nestlab site ls', does: 'names, addresses and users' }],
  async run(call) {
    const sites = await (await call.services.sites()).list()
    const { say, paint } = call.terminal
    if (call.json) say(JSON.stringify({ sites }))
    else if (sites.length === 0)
      say('There is no site beside this machine. Add one with: nestlab site add NAME URL --user USER')
    else {
      const rows = sites.map(({ name, kind, url, user }) => [paint.name(name), kind, url, harmless(user)])
      say(columns([['SITE', 'KIND', 'ADDRESS', 'USER'].map(paint.faint), ...rows]).join('\n'))
    }
    return 0
  },
}

const rm: Verb = {
  name: 'rm',
  summary: 'forget a site and its password in the keyring; nothing on it is touched',
  arguments: [['<name>', 'the site']],
  examples: [{ line: 'nestlab site rm home', does: 'refused while labs are there' }],
  async run(call) {
    const [name = ''] = call.args
    const removed = await (await call.services.sites()).remove(name)
    call.terminal.say(call.json ? JSON.stringify({ site: name, removed }) : `${name} is forgotten.`)
    return 0
  },
}

const set: Verb = {
  name: 'set',
  summary: 'say where on a site labs go, and what images are called there',
  more: 'Keys: datacenter, cluster, datastore, folder, user, fingerprint, images.NAME of an image or images.PATH of one machine (an ISO such as "[nas] iso/esxi.iso", a machine or template to copy such as golden, linked:golden or linked:golden@SNAPSHOT, library:LIBRARY/ITEM of a content library, or an .ova or .ovf file of this machine), reach.PATH (address of the API of a nested host), nested.user, proof (tools or power), emptyDisks (true or false), clusters (create or none).',
  arguments: [
    ['<name>', 'the site'],
    ['<key>', 'what is set'],
    ['[value]', 'its value; without one, what was set is forgotten'],
  ],
  examples: [
    { line: 'nestlab site set home datastore nas', does: 'disks go there' },
    {
      line: "nestlab site set home images.esxi-5.5 '[nas] iso/esxi55.iso'",
      does: 'what esxi-5.5 is installed from',
    },
  ],
  async run(call) {
    const [name = '', key = '', value] = call.args
    await (await call.services.sites()).set(name, key, value)
    const text = value === undefined ? `${key} of ${name} is forgotten.` : `${key} of ${name} is ${value}.`
    call.terminal.say(call.json ? JSON.stringify({ site: name, key, value }) : harmless(text))
    return 0
  },
}

export const site: Verb = {
  name: 'site',
  summary: 'add, test and forget places where labs can be: vCenters and ESXi hosts',
  examples: [...(add.examples ?? []), ...(test.examples ?? [])],
  verbs: [add, ls, test, set, rm],
}
