/** A descriptor with the properties of an appliance of nested ESXi, and archives around it. */

const texts = ['hostname', 'ipaddress', 'netmask', 'gateway', 'vlan', 'dns', 'domain', 'ntp', 'syslog']

const property = (key: string, more: string) =>
  `<Property ovf:key="guestinfo.${key}" ovf:userConfigurable="true" ${more}><Label>${key}</Label></Property>`

export const applianceProperties = [
  ...texts.map((key) => property(key, 'ovf:type="string" ovf:value=""')),
  property('password', 'ovf:type="string" ovf:password="true" ovf:value=""'),
  ...['ssh', 'createvmfs', 'debug'].map((key) => property(key, 'ovf:type="boolean" ovf:value="false"')),
].join('\n      ')

export function descriptorText(properties = applianceProperties, files: readonly string[] = ['disk1.vmdk']) {
  const references = files.map((name, place) => `<File ovf:href="${name}" ovf:id="file${place}"/>`).join('')
  return `<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
    xmlns:vmw="http://www.vmware.com/schema/ovf">
  <References>${references}</References>
  <NetworkSection><Info/><Network ovf:name="VM Network"><Description/></Network></NetworkSection>
  <VirtualSystem ovf:id="Nested_ESXi">
    <Info>A virtual machine</Info>
    <ProductSection ovf:required="false">
      <Info>Nested ESXi</Info>
      ${properties}
    </ProductSection>
    <vmw:Property ovf:key="not-one-of-these"/>
  </VirtualSystem>
</Envelope>
`
}

export interface Entry {
  readonly name: string
  readonly content?: string | Uint8Array
  readonly type?: string
  readonly linkTo?: string
  /** Instead of that of the content. */
  readonly size?: number
  readonly prefix?: string
}

/** POSIX "ustar", written here so that it can also be wrong. */
export function tarOf(entries: readonly Entry[]): Buffer {
  const parts = entries.flatMap(({ name, content = '', type = '0', linkTo = '', size, prefix = '' }) => {
    const bytes = Buffer.from(content)
    const header = Buffer.alloc(512)
    header.write(name, 0, 100, 'latin1')
    header.write('0000644\0', 100)
    header.write(`${(size ?? bytes.length).toString(8).padStart(11, '0')}\0`, 124)
    header.write('        ', 148)
    header.write(type, 156)
    header.write(linkTo, 157)
    header.write('ustar\x0000', 257, 'latin1')
    header.write(prefix, 345)
    const sum = header.reduce((total, byte) => total + byte, 0)
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]
  })
  return Buffer.concat([...parts, Buffer.alloc(1024)])
}
