import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readXml, xmlText } from './xml.ts'

const unreadable = (reason: RegExp) => ({ code: 'vsphere-answer-unreadable', message: reason })

describe('XML of a server', () => {
  it('is read with its namespaces, whatever the prefixes are', () => {
    const root = readXml(
      `<e:Envelope xmlns:e="urn:one" xmlns="urn:two"><e:Body><a xmlns:q="urn:three"><q:b/></a></e:Body></e:Envelope>`,
    )
    const body = root.children[0]
    const a = body?.children[0]
    assert.deepEqual([root.name, root.namespace], ['Envelope', 'urn:one'])
    assert.deepEqual([a?.name, a?.namespace], ['a', 'urn:two'])
    assert.deepEqual([a?.children[0]?.name, a?.children[0]?.namespace], ['b', 'urn:three'])
  })

  const instance = 'http://www.w3.org/2001/XMLSchema-instance'
  for (const [what, text] of [
    ['xsi', `<a xmlns:xsi="${instance}" xsi:type="Folder" type="other"/>`],
    [
      'XMLSchema-instance',
      `<a xmlns:XMLSchema-instance="${instance}" XMLSchema-instance:type="Folder" type="other"/>`,
    ],
    ['a prefix in its value', `<a xmlns:i="${instance}" type="other" i:type="vim25:Folder"/>`],
  ] as const) {
    it(`tells the type of a value apart from an attribute of that name (${what})`, () => {
      const { type, attributes } = readXml(text)
      assert.equal(type, 'Folder')
      assert.deepEqual([...attributes], [['type', 'other']])
    })
  }

  it('has no type where another namespace has an attribute of that name', () => {
    assert.equal(readXml('<a xmlns:x="urn:other" x:type="Folder"/>').type, undefined)
  })

  it('has texts with their entities, references to signs and CDATA sections resolved', () => {
    const { text } = readXml('<a>&lt;&amp;&gt;&quot;&apos;&#39;&#x1F600;<![CDATA[<b>&amp;</b>]]></a>')
    assert.equal(text, `<&>"''😀<b>&amp;</b>`)
  })

  it('keeps the text of an element apart from that of its children', () => {
    const root = readXml('<a>one<b>two</b>three</a>')
    assert.deepEqual([root.text, root.children[0]?.text], ['onethree', 'two'])
  })

  const laughs = Array.from(
    { length: 9 },
    (_, index) => `<!ENTITY l${index + 1} "${`&l${index};`.repeat(10)}">`,
  )
  for (const [what, text, reason] of [
    ['a document type', '<!DOCTYPE a><a/>', /document type/],
    [
      'entities that multiply',
      `<!DOCTYPE a [<!ENTITY l0 "ha">${laughs.join('')}]><a>&l9;</a>`,
      /document type/,
    ],
    [
      'a file of the machine',
      '<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/hostname">]><a>&f;</a>',
      /document type/,
    ],
    ['an entity that nobody has declared', '<a>&secret;</a>', /cannot be read/],
    ['an end in the midst', '<a><b>', /cannot be read/],
    ['tags that cross', '<a><b></a></b>', /cannot be read/],
    ['a prefix without a namespace', '<q:a/>', /cannot be read/],
    ['two roots', '<a/><b/>', /cannot be read/],
    ['nothing', '', /cannot be read/],
    ['a web page', '<!doctype html><html></html>', /cannot be read/],
  ] as const) {
    it(`is refused with ${what}`, () => {
      assert.throws(() => readXml(text), unreadable(reason))
    })
  }

  it('is read to a depth of 200 and not one level deeper', () => {
    const deep = (levels: number) => '<a>'.repeat(levels) + '</a>'.repeat(levels)
    assert.equal(readXml(deep(200)).name, 'a')
    assert.throws(() => readXml(deep(201)), unreadable(/200 levels/))
  })

  it('is refused with more elements than any answer has', () => {
    assert.equal(readXml(`<a>${'<b/>'.repeat(9)}</a>`, 10).children.length, 9)
    assert.throws(() => readXml(`<a>${'<b/>'.repeat(10)}</a>`, 10), unreadable(/10 elements/))
  })
})

describe('Text for XML', () => {
  for (const text of [
    '<&>"\'',
    'tab\tline\nreturn\rboth\r\nend',
    ' blanks at both ends ',
    ']]>',
    '&amp;',
    'ümlaut 日本 😀',
    '\u007f\u0085\u009f',
    '<!DOCTYPE a>',
  ]) {
    it(`arrives as it was: ${JSON.stringify(text)}`, () => {
      assert.equal(readXml(`<a>${xmlText(text)}</a>`).text, text)
      assert.equal(
        readXml(`<a b="${xmlText(text).replaceAll(/[\t\n]/g, ' ')}"/>`).attributes.get('b'),
        text.replaceAll(/[\t\n]/g, ' '),
      )
    })
  }

  it('says so where XML cannot write a sign at all', () => {
    assert.equal(xmlText('a\u0000b\u0008c\u001fd\ufffee'), 'a\ufffdb\ufffdc\ufffdd\ufffde')
  })
})
