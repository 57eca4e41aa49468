/** What may be attached, and what is refused and why. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { passiveType } from '../../src/desk/requests/active-content.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const stream = (dictionary: string, content: Buffer) =>
  Buffer.concat([
    bytes(`%PDF-1.7\n1 0 obj\n<<${dictionary}>>\nstream\n`),
    content,
    bytes('\nendstream\nendobj\n'),
  ]);

const PASSIVE: readonly (readonly [string, Buffer, string])[] = [
  ['notes.txt', Buffer.from('plain, with ünïcode ✓'), 'text/plain'],
  ['table.csv', bytes('a,b\n-1,+2.5\n'), 'text/csv'],
  ['x.json', bytes('{"a":1}'), 'application/json'],
  ['x.png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0]), 'image/png'],
  ['x.pdf', bytes('%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj'), 'application/pdf'],
  ['z.pdf', stream('/Filter/FlateDecode', deflateSync(bytes('BT (hello) Tj ET'))), 'application/pdf'],
];

const ACTIVE: readonly (readonly [string, Buffer, RegExp])[] = [
  ['harmless.txt', bytes('MZ\x90\x00'), /Windows program/],
  ['harmless.txt', bytes('\x7fELF'), /Linux program/],
  ['letter.docx', bytes('PK\x03\x04'), /archive or Office document/],
  ['letter.doc', bytes('\xd0\xcf\x11\xe0\xa1'), /Office document/],
  ['go.lnk', bytes('L\x00\x00\x00\x01'), /shortcut/],
  ['x.txt', bytes('#!/bin/sh\nrm -rf /'), /script/],
  ['x.txt', bytes('  <script>alert(1)</script>'), /page or drawing/],
  ['x.txt', bytes('{\\rtf1 {\\object}}'), /RTF/],
  ['x.js', bytes('alert(1)'), /has a name that ends in/],
  ['x.svg', bytes('hello'), /has a name that ends in/],
  ['x.csv', bytes('a,b\n1,=HYPERLINK("http://evil.example")\n'), /formula/],
  ['x.csv', bytes('"@SUM(A1)"\n'), /formula/],
  ['x.csv', bytes('+cmd|calc\n'), /formula/],
  ['x.txt', bytes('\x1b[2Jgone'), /no plain text/],
  ['x.bin', bytes('\xff\xfe\x00'), /neither text/],
  ['x.pdf', bytes('%PDF-1.4\n<</OpenAction 3 0 R>>'), /\/OpenAction/],
  ['x.pdf', bytes('%PDF-1.4\n<</S/J#61vaScript>>'), /\/JavaScript/],
  ['x.pdf', bytes('%PDF-1.4\n<</Encrypt 3 0 R>>'), /encryption/],
  ['x.pdf', stream('/Type/ObjStm/Filter/FlateDecode', deflateSync(bytes('5 0 <</S/Launch>>'))), /\/Launch/],
  ['x.pdf', stream('/Type/ObjStm/Filter[/ASCII85Decode/FlateDecode]', bytes('xx')), /not looked through/],
  ['x.pdf', stream('', deflateSync(Buffer.alloc(9 * 1024 * 1024))), /too large/],
];

test('passive files are told by their bytes', () => {
  for (const [name, content, type] of PASSIVE) assert.equal(passiveType(name, content), type, name);
});

test('what acts when it is opened is refused, and the reason is said', () => {
  for (const [name, content, why] of ACTIVE)
    assert.throws(
      () => passiveType(name, content),
      (error: { code: string; message: string }) =>
        error.code === 'active-content' && why.test(error.message),
      `${name} ${why}`,
    );
});
