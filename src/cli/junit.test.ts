/** The XML of `nestlab test`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { junitXml } from './junit.ts'

test('a suite counts what failed and what was skipped', () => {
  const xml = junitXml('two-hypervisors', [
    { name: 'kvm-1/web reaches kvm-2/web', tookMs: 1500 },
    { name: 'kvm-1/web is isolated from kvm-3/db', tookMs: 20, failure: 'it answered' },
    { name: '`true` on kvm-1/web', tookMs: 0, skipped: 'the lab does not run' },
  ])
  assert.equal(
    xml,
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="3" failures="1" skipped="1" time="1.520">
  <testsuite name="two-hypervisors" tests="3" failures="1" skipped="1" time="1.520">
    <testcase classname="two-hypervisors" name="kvm-1/web reaches kvm-2/web" time="1.500"/>
    <testcase classname="two-hypervisors" name="kvm-1/web is isolated from kvm-3/db" time="0.020"><failure message="it answered"/></testcase>
    <testcase classname="two-hypervisors" name="\`true\` on kvm-1/web" time="0.000"><skipped message="the lab does not run"/></testcase>
  </testsuite>
</testsuites>
`,
  )
})

test('what a guest printed cannot break out of the XML', () => {
  const xml = junitXml('lab', [{ name: 'a "b" <c> & d', tookMs: 1, failure: ']]>"/>\u001b[31m\u0000\nnext' }])
  assert.match(xml, /name="a &quot;b&quot; &lt;c&gt; &amp; d"/)
  assert.match(xml, /message="\]\]&gt;&quot;\/&gt;\?\[31m\? next"/)
})
