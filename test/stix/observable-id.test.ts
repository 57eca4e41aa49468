import assert from 'node:assert/strict';
import { test } from 'node:test';
import { observableId } from '../../src/stix/index.ts';

test('the id of an address is the one every producer makes', () => {
  // The example of STIX 2.1 §2.9.
  assert.equal(
    observableId({ type: 'ipv4-addr', value: '198.51.100.3' }),
    'ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4',
  );
});

test('only the contributing properties count, and their order does not', () => {
  const id = observableId({ type: 'software', name: 'a', vendor: 'b', version: '1' });
  assert.equal(
    observableId({ version: '1', vendor: 'b', languages: ['en'], name: 'a', type: 'software' }),
    id,
  );
  assert.notEqual(observableId({ type: 'software', name: 'a', vendor: 'b', version: '2' }), id);
});

test('one hash contributes: the preferred one, or the first by name', () => {
  const file = (hashes: object) => observableId({ type: 'file', hashes });
  const md5 = file({ MD5: 'a'.repeat(32) });
  assert.equal(file({ 'SHA-256': 'b'.repeat(64), MD5: 'a'.repeat(32) }), md5);
  assert.equal(file({ x_other: '1', SSDEEP: '3:a:b' }), file({ SSDEEP: '3:a:b', x_other: '1' }));
  assert.notEqual(
    file({ 'SHA-1': 'a'.repeat(40), 'SHA-256': 'b'.repeat(64) }),
    file({ 'SHA-256': 'b'.repeat(64) }),
  );
});

test('extensions and references contribute', () => {
  const plain = observableId({ type: 'file', name: 'a' });
  assert.notEqual(observableId({ type: 'file', name: 'a', extensions: { 'ntfs-ext': { sid: '1' } } }), plain);
  assert.notEqual(observableId({ type: 'file', name: 'a', parent_directory_ref: 'directory--1' }), plain);
});

test('without a contributing property there is no deterministic id', () => {
  assert.equal(observableId({ type: 'process', pid: 1 }), null);
  assert.equal(observableId({ type: 'x509-certificate', issuer: 'a' }), null);
  assert.equal(observableId({ type: 'campaign', name: 'a' }), null);
  assert.equal(observableId({ type: 'x-custom', value: 'a' }), null);
});

test('a value without canonical form is an error of the catalogue', () => {
  assert.throws(() => observableId({ type: 'mutex', name: '\ud800' }), { code: 'canonical-json' });
});
