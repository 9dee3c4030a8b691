/** Everything that goes wrong with nested ESXi before it runs: settings, installer ISOs, appliances. */
import { failuresOf } from '#failure'

interface OnFile {
  readonly file: string
  readonly reason: string
}

export const fail = failuresOf({
  'esxi-settings-refused': {
    exit: 1,
    text: ({ problems }: { problems: readonly string[] }) =>
      `The settings of a nested ESXi cannot be used. ${problems.join(' ')}`,
    next: () => 'Correct them in the lab file; nothing has been made of them.',
  },
  'esxi-password-weak': {
    exit: 1,
    text: ({ reason }: { reason: string }) => `ESXi will not take this root password: ${reason}.`,
    next: () =>
      'Use 8 to 39 characters of at least three of: small letters, capitals, digits, other signs. A capital at the beginning and a digit at the end do not count.',
  },
  'esxi-password-not-hashed': {
    exit: 4,
    text: ({ reason }: { reason: string }) => `The root password could not be hashed: ${reason}.`,
    next: () => 'See whether openssl version says 1.1.1 or newer.',
  },
  'esxi-iso-unfit': {
    exit: 1,
    text: ({ file, reason }: OnFile) => `${file} cannot be used as an installer of ESXi: ${reason}.`,
    next: () => 'Use the installer ISO as it comes from Broadcom, and compare its SHA-256 with theirs.',
  },
  'esxi-iso-not-made': {
    exit: 4,
    text: ({ file, reason }: OnFile) => `${file} could not be made: ${reason}.`,
    next: () =>
      'See whether the disk has room for the installer twice, and xorriso --version for at least 1.5.',
  },
  'ova-unfit': {
    exit: 1,
    text: ({ file, reason }: OnFile) => `${file} cannot be used as an appliance: ${reason}.`,
    next: () => 'Fetch it again, and compare its SHA-256 with the one its maker publishes.',
  },
  'ovf-unreadable': {
    exit: 1,
    text: ({ reason }: { reason: string }) => `The descriptor of the appliance cannot be read: ${reason}.`,
    next: () => 'Use an OVF 1.x or 2.x descriptor as it was exported.',
  },
  'ovf-property-unknown': {
    exit: 1,
    text: ({ properties }: { properties: readonly string[] }) =>
      `The appliance has no property ${properties.join(', ')}.`,
    next: () => 'Leave the setting out, or use an appliance that has the property.',
  },
  'ovf-property-missing': {
    exit: 1,
    text: ({ properties }: { properties: readonly string[] }) =>
      `The appliance needs values that the lab does not give: ${properties.join(', ')}.`,
    next: () => 'Give each of them a value.',
  },
})
