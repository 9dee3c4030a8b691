/** Everything that can go wrong with vSphere, each with what to do about it. */
import { failuresOf } from '#failure'

export const fail = failuresOf({
  'vsphere-unreachable': {
    exit: 4,
    text: (d: { server: string; reason: string }) => `${d.server} cannot be reached: ${d.reason}.`,
    next: () => 'Check the name, the port and the way there; then: nestlab site test NAME',
  },
  'vsphere-certificate-changed': {
    exit: 4,
    text: (d: { server: string; expected: string; found: string }) =>
      `${d.server} shows another certificate than the one that was accepted: ${d.found}, not ${d.expected}. Nothing was sent to it.`,
    next: () => 'If it was renewed on purpose: nestlab site add NAME --again shows and asks anew.',
  },
  'vsphere-certificate-unknown': {
    exit: 4,
    text: (d: { server: string; found: string }) =>
      `${d.server} shows a certificate that nobody vouches for: ${d.found}. Nothing was sent to it.`,
    next: () => 'Compare it with what the server itself shows, and accept it with: nestlab site add',
  },
  'vsphere-answer-unreadable': {
    exit: 4,
    text: (d: { reason: string }) => `The answer of the server cannot be read: ${d.reason}.`,
    next: () => 'Check that the address is that of a vCenter or ESXi host.',
  },
  'vsphere-call-impossible': {
    exit: 4,
    text: (d: { what: string; reason: string }) => `${d.what} cannot be sent: ${d.reason}.`,
    next: () => 'Use a newer server, or take what needs it out of the lab file.',
  },
  'vsphere-login-refused': {
    exit: 4,
    text: (d: { server: string; user: string }) => `${d.server} does not let ${d.user} in.`,
    next: () => 'Check user and password: nestlab site test NAME asks for them again.',
  },
  'vsphere-session-over': {
    exit: 4,
    text: (d: { method: string }) => `${d.method}: the session with the server ended again and again.`,
    next: () => 'Look who or what ends the sessions of the user of this site, and repeat the command.',
  },
  'vsphere-read-only': {
    exit: 4,
    text: (d: { method: string }) =>
      `${d.method} was refused because the licence of this host allows reading only (RestrictedVersion).`,
    next: () =>
      'The free edition of ESXi has a read-only API: use an evaluation or a paid licence. Import and check work as it is.',
  },
  'vsphere-not-supported': {
    exit: 4,
    text: (d: { method: string; message: string }) =>
      `${d.method} is not supported by this server: ${d.message}`,
    next: () => 'nestlab site test NAME shows what the server can do.',
  },
  'vsphere-no-permission': {
    exit: 4,
    text: (d: { method: string; privilege: string; object: string }) =>
      `${d.method} needs the privilege ${d.privilege} on ${d.object}.`,
    next: () => 'Have it granted to the user of this site, with propagation to what is below.',
  },
  'vsphere-dvs-not-authorized': {
    exit: 4,
    text: (d: { method: string }) => `${d.method} was refused: another product owns this distributed switch.`,
    next: () => 'Use a switch of your own in the lab file, or change it where it is managed.',
  },
  'vsphere-name-taken': {
    exit: 4,
    text: (d: { method: string; name: string }) => `${d.method}: the name ${d.name} is taken on the server.`,
    next: () => 'Choose another name in the lab file; what is there is not of this lab and stays as it is.',
  },
  'vsphere-no-space': {
    exit: 4,
    text: (d: { method: string; message: string }) => `${d.method}: there is no room left: ${d.message}`,
    next: () =>
      'Free space on the datastore, or choose another one; nestlab size says how much the lab needs.',
  },
  'vsphere-no-resources': {
    exit: 4,
    text: (d: { method: string; message: string }) =>
      `${d.method}: the hosts have not enough left: ${d.message}`,
    next: () => 'Stop other machines, or make those of the lab smaller; nestlab size says what they need.',
  },
  'vsphere-maintenance': {
    exit: 4,
    text: (d: { method: string; message: string }) =>
      `${d.method}: the host does not take machines now: ${d.message}`,
    next: () => 'End its maintenance mode, or reconnect it, and repeat the command.',
  },
  'vsphere-gone': {
    exit: 4,
    text: (d: { method: string; object: string }) => `${d.method}: ${d.object} is not there any more.`,
    next: () => 'Somebody else removed it. Repeat the command: it looks at what is there first.',
  },
  'vsphere-refused': {
    exit: 4,
    text: (d: { method: string; fault: string; message: string }) =>
      `The server refused ${d.method} (${d.fault}): ${d.message}`,
    next: () => 'The message is the server’s own; the log of its tasks may say more.',
  },
  'vsphere-cannot': {
    exit: 4,
    text: (d: { what: string; reason: string }) => `${d.what} cannot be made on this site: ${d.reason}.`,
    next: () => 'Change it in the lab file, or choose another site. Nothing was done about it.',
  },
  'vsphere-which': {
    exit: 4,
    text: (d: { what: string; names: readonly string[] }) =>
      `The site does not say which ${d.what} labs go to; there are ${d.names.join(', ')}.`,
    next: (d: { what: string; names: readonly string[] }) =>
      `Choose one: nestlab site set NAME ${d.what} ${d.names[0] ?? '…'}`,
  },
  'vsphere-missing': {
    exit: 4,
    text: (d: { what: string; name: string; names: readonly string[] }) =>
      `There is no ${d.what} ${d.name} on the server; there are ${d.names.join(', ') || 'none'}.`,
    next: () =>
      'Correct the name in the lab file or in the site; nestlab site test NAME lists what is there.',
  },
  'vsphere-not-prepared': {
    exit: 4,
    text: (d: { machine: string; source: string; reason: string }) =>
      `Machine ${d.machine} cannot be made from ${d.source}: ${d.reason}. Nothing was done about either.`,
    next: () =>
      'Put that right there, or name another: nestlab site set NAME images.IMAGE GOLDEN. What a copied ESXi needs: nestlab esxi clone-scripts',
  },
  'vsphere-copy-refused': {
    exit: 4,
    text: (d: { machine: string; what: string; reason: string }) =>
      `${d.machine} is a copy, and not everything could be made its own (${d.what}): ${d.reason}`,
    next: () =>
      'Run the script for copies on its console (nestlab esxi clone-scripts prints it), and repeat the command.',
  },
  'vsphere-no-snapshot': {
    exit: 4,
    text: (d: { machine: string; source: string; snapshot: string | undefined; names: readonly string[] }) =>
      `Machine ${d.machine} cannot be linked to ${d.source}, which has no snapshot${d.snapshot === undefined ? '' : ` ${d.snapshot}`}${d.names.length === 0 ? '' : ` but ${d.names.join(', ')}`}. Nothing was done about either.`,
    next: (d: { source: string }) =>
      `Switch ${d.source} off, take a snapshot of it in the client of vSphere, and leave it as it is from then on; or do without \`linked\`: then all of it is copied.`,
  },
  'vsphere-upload-failed': {
    exit: 4,
    text: (d: { file: string; server: string; reason: string }) =>
      `${d.file} could not be sent to ${d.server}: ${d.reason}.`,
    next: () => 'Repeat the command: what was begun is taken back, and begins anew.',
  },
  'vsphere-import-held': {
    exit: 4,
    text: (d: { machine: string }) =>
      `Machine ${d.machine} is still held by an import that was broken off, so it cannot be removed yet.`,
    next: () => 'The server lets go of it within five minutes. Repeat the command then.',
  },
  'vsphere-snapshot-name': {
    exit: 2,
    text: (d: { name: string }) => `${JSON.stringify(d.name)} cannot be the name of a snapshot.`,
    next: () => 'Use at most 80 characters, without line breaks.',
  },
  'vsphere-snapshot-missing': {
    exit: 2,
    text: (d: { machine: string; name: string; names: readonly string[] }) =>
      `Machine ${d.machine} has no snapshot ${d.name} that Nestlab took; it has ${d.names.join(', ') || 'none'}.`,
    next: () =>
      'Take one of those that are there. What others took is theirs, and only their client sees it.',
  },
  'vsphere-no-machine': {
    exit: 4,
    text: (d: { machine: string; lab: string }) => `There is no machine ${d.machine} of lab ${d.lab} there.`,
    next: () => 'Bring the lab up again with nestlab up.',
  },
  'vsphere-not-running': {
    exit: 4,
    text: (d: { machine: string; state: string }) => `Machine ${d.machine} is ${d.state}.`,
    next: () => 'Start it with nestlab start.',
  },
  'vsphere-no-way-in': {
    exit: 4,
    text: (d: { machine: string; reason: string }) => `There is no way into ${d.machine}: ${d.reason}.`,
    next: () => 'Open its console in the client of vSphere.',
  },
  'vsphere-foreign-inside': {
    exit: 4,
    text: (d: { place: string; names: readonly string[] }) =>
      `${d.place} is of this lab, but holds what is not: ${d.names.join(', ')}. It was left as it is.`,
    next: () => 'Move that elsewhere, and repeat the command.',
  },
  'vsphere-lab-of-another': {
    exit: 4,
    text: (d: { lab: string }) =>
      `There is a lab ${d.lab} on the server that somebody else brought up; it was left as it is.`,
    next: () => 'Give this lab another name, or take that one down from where it was brought up.',
  },
  'vsphere-cancelled': {
    exit: 4,
    text: (d: { method: string }) => `${d.method} was cancelled.`,
    next: () => 'Repeat the command: it goes on where it was.',
  },
})
