/** Settings and keys that the tests of nested ESXi start from. */
import type { KickstartSettings } from './kickstart-settings.ts'

/** Of the password `Nest-lab1!`, with the salt `nestlabsalt`, as OpenSSL writes it. */
export const passwordHash =
  '$6$nestlabsalt$onFlxcgTz7pS9jRRhBxX0Q40n63q9AyZz791vzEtuVT1Tuxv52RJelUYNvVVSdLMwDKlJxBywripQxg0dTfwp0'

/** Nobody has the private halves of these. */
export const ecdsaKey =
  'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBGJK5GzSq8fKIOl4jpQBSPwgpoOQK+QHMzAVSy2ZftGECLt5gD/iLOCKk7ardQ0ApFbmoG33Ru5Cg6OGuL6BaG8='
export const rsaKey =
  'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDMh4Bs0+r1KDDnruJYIwLK+MKxHtsYiw8dHebAJ1rggwOLehPP/XFYMNSxIsK9dQU2CIDmSpmRzU9jh/WUYgk1EfW0ItJLyVwzQ4cfR7lbRfFHCcPkeVeFuCX6LTeVpIc0VGW4rGJH7G8osqQAL38nnBwT+aywXeip03+OuqKm5O7xyfDUYlNAGQQtZ/oXMuv79KLSe2s7A/O4/PVuwQJ6Yg0jTRsYE5+2JT4ATRpQUKx7WXXnBiLIU0asuMdku1z/OVEYApbTsIunZmgyotKQjmbkKryq5wx/80UymOk9Fv43PbV46iEBAykzeZHIah2iMvc1DhSviu4XrkoE5HZ5'
export const shortRsaKey =
  'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC2lW9UWqWRZTBczRCtxFsuhH2jq5+ZtDmWeIdO01iSZbDL+olHyBAD+YjODtm0+LsMgpBdTADlFdZgsaT4onhRvDc4LoEcjJZl0xet/YlKVsjq/zFYQgvJ0WDUAj9Ghg72mZ3qeSuJoA3xSvXdNMTBPZ5YcHDhjpfrTSFKpWyLqw=='

export const plainSettings: KickstartSettings = {
  version: '8.0U3',
  hostname: 'esxi-1.lab.test',
  rootPasswordHash: passwordHash,
  network: {
    mode: 'static',
    ip: '10.0.10.11',
    prefixLength: 24,
    gateway: '10.0.10.1',
    nameServers: ['10.0.10.2', '10.0.10.3'],
    vlan: 10,
  },
}

/** With all that can be set. */
export const fullSettings: KickstartSettings = {
  ...plainSettings,
  device: 'vmnic1',
  sshKeys: [`${ecdsaKey} trainer@laptop`, rsaKey],
  ntpServers: ['10.0.10.2', 'time.lab.test'],
  licenceKey: '00000-11111-22222-33333-44444',
  datastore: { name: 'local-1', disk: 'vmhba0:C0:T1:L0' },
  oldProcessor: true,
  serialLog: true,
  markId: 'lab-esxi-1',
}
