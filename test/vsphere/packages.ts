/** Appliances for tests: an OVF with hardware and properties, its disk and its manifest, beside each other or as an OVA. */
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { applianceProperties, tarOf } from '../../src/guests/esxi/appliance.fixture.ts'

export interface PackageWish {
  readonly folder: string
  readonly name?: string
  readonly properties?: string
  /** Further items of its virtual hardware. */
  readonly items?: string
  /** Further elements of its hardware section, such as settings. */
  readonly extra?: string
  readonly diskBytes?: number
  /** What stands for its disk in the manifest instead of its sum. */
  readonly sum?: string
  /** Name of the disk in the descriptor. */
  readonly href?: string
  /** Name of its file; what is no VMDK must not end as one where somebody looks into it. */
  readonly diskName?: string
}

export const diskContent = (bytes: number) => Buffer.alloc(bytes, 'disk of an appliance; ')

export const item = (id: number, type: number, name: string, more: string) =>
  `<Item><rasd:ElementName>${name}</rasd:ElementName><rasd:InstanceID>${id}</rasd:InstanceID><rasd:ResourceType>${type}</rasd:ResourceType>${more}</Item>`

function descriptorOf({
  properties,
  items = '',
  extra = '',
  diskBytes = 4096,
  href,
  diskName,
}: PackageWish): string {
  const hardware = [
    item(1, 3, '2 CPUs', '<rasd:VirtualQuantity>2</rasd:VirtualQuantity>'),
    item(
      2,
      4,
      '1 GB',
      '<rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits><rasd:VirtualQuantity>1024</rasd:VirtualQuantity>',
    ),
    item(
      3,
      6,
      'SCSI Controller 0',
      '<rasd:Address>0</rasd:Address><rasd:ResourceSubType>VirtualSCSI</rasd:ResourceSubType>',
    ),
    item(
      4,
      17,
      'disk0',
      '<rasd:AddressOnParent>0</rasd:AddressOnParent><rasd:HostResource>ovf:/disk/vmdisk1</rasd:HostResource><rasd:Parent>3</rasd:Parent>',
    ),
    item(
      5,
      10,
      'Network adapter 1',
      '<rasd:AddressOnParent>7</rasd:AddressOnParent><rasd:Connection>VM Network</rasd:Connection><rasd:ResourceSubType>VmxNet3</rasd:ResourceSubType>',
    ),
  ]
  return `<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
    xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"
    xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData"
    xmlns:vmw="http://www.vmware.com/schema/ovf" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <References><File ovf:href="${href ?? diskName ?? 'disk1.vmdk'}" ovf:id="file1" ovf:size="${diskBytes}"/></References>
  <DiskSection><Info/><Disk ovf:capacity="64" ovf:capacityAllocationUnits="byte * 2^20" ovf:diskId="vmdisk1" ovf:fileRef="file1" ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/></DiskSection>
  <NetworkSection><Info/><Network ovf:name="VM Network"><Description/></Network></NetworkSection>
  <VirtualSystem ovf:id="Nested_ESXi">
    <Info/>
    <Name>Nested_ESXi</Name>
    <OperatingSystemSection ovf:id="104" vmw:osType="vmkernel65Guest"><Info/></OperatingSystemSection>
    <VirtualHardwareSection ovf:transport="com.vmware.guestInfo">
      <Info/>
      <System><vssd:ElementName>Virtual Hardware Family</vssd:ElementName><vssd:InstanceID>0</vssd:InstanceID><vssd:VirtualSystemIdentifier>Nested_ESXi</vssd:VirtualSystemIdentifier><vssd:VirtualSystemType>vmx-13</vssd:VirtualSystemType></System>
      ${[...hardware, items].join('\n      ')}
      ${extra}
    </VirtualHardwareSection>
    <ProductSection><Info/>${properties ?? applianceProperties}</ProductSection>
  </VirtualSystem>
</Envelope>
`
}

/** Path of the OVA. */
export async function ovaIn(wish: PackageWish): Promise<string> {
  const { folder, name = 'esxi' } = wish
  const files = filesOf(wish, `${name}.ovf`)
  const path = join(folder, `${name}.ova`)
  await writeFile(path, tarOf(files))
  return path
}

/** Path of the descriptor. */
export async function ovfIn(wish: PackageWish): Promise<string> {
  const { folder, name = 'esxi' } = wish
  for (const { name: file, content } of filesOf(wish, `${name}.ovf`))
    await writeFile(join(folder, file), content)
  return join(folder, `${name}.ovf`)
}

function filesOf(wish: PackageWish, name: string) {
  const { diskName = 'disk1.vmdk' } = wish
  const descriptor = Buffer.from(descriptorOf(wish))
  const disk = diskContent(wish.diskBytes ?? 4096)
  const sum = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
  const manifest = `SHA256(${name})= ${sum(descriptor)}\nSHA256(${diskName})= ${wish.sum ?? sum(disk)}\n`
  return [
    { name, content: descriptor },
    { name: name.replace(/\.ovf$/, '.mf'), content: Buffer.from(manifest) },
    { name: diskName, content: disk },
  ]
}
