/** vSphere as a provider: a vCenter, a lone ESXi host, or the inside of a nested one. */
export { keyOfDisk } from './boot-disk.ts'
export type {
  CopyIdentity,
  DiskContent,
  DiskSource,
  HardwareChoice,
  HostLogin,
  ImageSource,
  LibrarySource,
  OvfContent,
  PackageSource,
  Target,
  TemplateSource,
  VsphereLevel,
} from './level.ts'
export { datastoreNameOf } from './names.ts'
export { openVsphereProvider } from './provider.ts'
export { Connection, type Credentials } from './soap/connection.ts'
