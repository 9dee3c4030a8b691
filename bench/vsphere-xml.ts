/** Measures reading a large answer of vSphere: `node bench/vsphere-xml.ts [machines]`. */
import { SaxesParser } from 'saxes'
import { readAnswer } from '../src/providers/vsphere/soap/envelope.ts'
import { readXml } from '../src/providers/vsphere/soap/xml.ts'

const machines = Number(process.argv[2] ?? 500)
const rounds = 9

const property = (name: string, type: string, value: string) =>
  `<propSet><name>${name}</name><val xsi:type="${type}">${value}</val></propSet>`

const device = (machine: number, key: number) =>
  `<device xsi:type="VirtualVmxnet3"><key>${key}</key><deviceInfo><label>Network adapter ${key}</label><summary>trunk</summary></deviceInfo><backing xsi:type="VirtualEthernetCardNetworkBackingInfo"><deviceName>trunk</deviceName><useAutoDetect>false</useAutoDetect><network type="Network">network-${key}</network></backing><connectable><startConnected>true</startConnected><allowGuestControl>true</allowGuestControl><connected>true</connected><status>ok</status></connectable><controllerKey>100</controllerKey><unitNumber>7</unitNumber><addressType>assigned</addressType><macAddress>00:50:56:00:${machine % 90}:${key % 90}</macAddress><wakeOnLanEnabled>true</wakeOnLanEnabled></device>`

const option = (key: number) =>
  `<extraConfig xsi:type="OptionValue"><key>guestinfo.key${key}</key><value xsi:type="xsd:string">a &amp; b</value></extraConfig>`

const many = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join('')

/** As vCenter answers when asked for the whole configuration. */
function machine(index: number): string {
  const hardware = `<hardware><numCPU>2</numCPU><numCoresPerSocket>1</numCoresPerSocket><memoryMB>8192</memoryMB>${many(8, (key) => device(index, key))}</hardware>`
  const config = `<changeVersion>1</changeVersion><name>machine-${index}</name><guestFullName>VMware ESXi 7</guestFullName><version>vmx-17</version><template>false</template><guestId>vmkernel7Guest</guestId>${hardware}${many(25, option)}<nestedHVEnabled>true</nestedHVEnabled>`
  const runtime = `<host type="HostSystem">host-${index % 16}</host><connectionState>connected</connectionState><powerState>poweredOn</powerState><numMksConnections>0</numMksConnections>`
  return `<objects><obj type="VirtualMachine">vm-${index}</obj>${property('config', 'VirtualMachineConfigInfo', config)}${property('name', 'xsd:string', `machine-${index}`)}${property('runtime', 'VirtualMachineRuntimeInfo', runtime)}</objects>`
}

const body = `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><RetrievePropertiesExResponse xmlns="urn:vim25"><returnval>${many(machines, machine)}</returnval></RetrievePropertiesExResponse></soapenv:Body></soapenv:Envelope>`

/** Milliseconds of the processor, of the median round: others may use this machine at the same time. */
function cpuMs(work: () => unknown): number {
  const times = Array.from({ length: rounds }, () => {
    const before = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  })
  return times.sort((one, other) => one - other)[Math.floor(rounds / 2)] ?? Number.NaN
}

function parseOnly(): void {
  const parser = new SaxesParser({ xmlns: true })
  parser.on('opentag', () => undefined)
  parser.write(body).close()
}

/** What any reader must do at least: find the signs that tags begin and end with. */
function scan(): number {
  let tags = 0
  for (let at = body.indexOf('<'); at >= 0; at = body.indexOf('<', body.indexOf('>', at))) tags += 1
  return tags
}

const json = JSON.stringify(readAnswer('RetrievePropertiesEx', { status: 200, body }))
const baseline = cpuMs(() => JSON.parse(json))
const rows: readonly (readonly [string, number])[] = [
  ['JSON.parse of the same values', baseline],
  ['scan for tags', cpuMs(scan)],
  ['saxes alone', cpuMs(parseOnly)],
  ['saxes, and the elements kept', cpuMs(() => readXml(body))],
  [
    'the whole answer: elements, types by the table, values',
    cpuMs(() => readAnswer('RetrievePropertiesEx', { status: 200, body })),
  ],
]
const megabytes = body.length / 1e6
console.log(`An answer of ${megabytes.toFixed(1)} MB, ${machines} machines with their whole configuration:\n`)
console.log('| | CPU ms | MB/s | × JSON.parse |\n|---|---|---|---|')
for (const [what, ms] of rows)
  console.log(
    `| ${what} | ${ms.toFixed(0)} | ${(megabytes / (ms / 1000)).toFixed(0)} | ${(ms / baseline).toFixed(1)} |`,
  )
