/** Kickstarts, boot options and clone scripts, version by version: read the difference before you accept a new text. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { cloneScript, type KickstartSettings, kernelOptions, kickstartOf, templateScript } from '#guests'
import { fullSettings, plainSettings } from '../../src/guests/esxi/settings.fixture.ts'

const folder = fileURLToPath(new URL('../golden/esxi/', import.meta.url))
const accept = process.env.NESTLAB_ACCEPT === '1'

function compare(name: string, text: string): void {
  if (accept) writeFileSync(folder + name, text)
  assert.equal(text, readFileSync(folder + name, 'utf8'), name)
}

const versions = ['5.5', '6.0', '6.5', '6.7U3', '7.0', '7.0U3', '8.0U3', '9.0']

for (const version of versions) {
  test(`kickstart and boot options for ESXi ${version} are the ones that were read and found good`, () => {
    const modern = Number.parseInt(version, 10) >= 7
    const full: KickstartSettings = { ...fullSettings, version, oldProcessor: modern }
    const template: KickstartSettings = {
      ...{ ...plainSettings, version, hostname: 'template', afterInstall: 'power-off' },
      network: { mode: 'dhcp' },
    }
    for (const [name, settings] of Object.entries({ full, template })) {
      const options = kernelOptions(settings).join(' ')
      compare(`kickstart-${version}-${name}.txt`, `kernelopt=${options}\n\n${kickstartOf(settings)}`)
    }
  })

  test(`the scripts around copies of ESXi ${version} are the ones that were read and found good`, () => {
    const identity = { hostname: 'esxi-2.lab.test', network: plainSettings.network }
    compare(`template-${version}.sh.txt`, templateScript(version))
    compare(`clone-${version}.sh.txt`, cloneScript(version, identity))
  })
}
