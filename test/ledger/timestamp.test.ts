import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isEntenteError } from '../../src/base/index.ts';
import {
  certificatesIn,
  encodeTimestampRequest,
  parseTimestampAnswer,
  verifyTimestamp,
} from '../../src/ledger/timestamp.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { type AuthorityOptions, refusal, timeAuthority, toPem } from './time-authority.ts';

const BYTES = Buffer.from('a checkpoint\n');
const DIGEST = createHash('sha256').update(BYTES).digest();
const NONCE = Buffer.from('0123456789abcdef', 'hex');
const AT = new Date('2026-12-01T08:00:00Z');

const refused = (code: string, words: RegExp) => (error: unknown) =>
  isEntenteError(error) && error.code === code && words.test(error.message);

async function stamped(options: AuthorityOptions = {}, names?: Uint8Array) {
  const authority = await timeAuthority(options);
  const request = encodeTimestampRequest(DIGEST, NONCE);
  const answer = await authority.answer(request, AT, names ? { names } : {});
  return { authority, token: parseTimestampAnswer(answer, NONCE) };
}

test('a time-stamp says when, and who says so; trust is the verifier’s', async () => {
  const { authority, token } = await stamped();
  const alone = await verifyTimestamp(token, BYTES);
  assert.equal(alone.at, '2026-12-01T08:00:00.000Z');
  assert.equal(alone.authority, 'Time Authority of Arvenia');
  assert.equal(alone.certificate, createHash('sha256').update(authority.certificate).digest('hex'));
  assert.equal(alone.isTrusted, false);
  const trusted = certificatesIn(toPem(authority.root));
  assert.equal((await verifyTimestamp(token, BYTES, trusted)).isTrusted, true);
  const other = await timeAuthority({ name: 'Another' });
  await assert.rejects(verifyTimestamp(token, BYTES, [other.root]), refused('signature-invalid', /count/));
});

test('a time-stamp does not count for other bytes, nor with any byte of it changed so that it says something else', async () => {
  const { authority, token } = await stamped();
  await assert.rejects(
    verifyTimestamp(token, Buffer.from('another checkpoint\n')),
    refused('signature-invalid', /count/),
  );
  const before = await verifyTimestamp(token, BYTES, [authority.root]);
  let refusedCount = 0;
  for (let at = 0; at < token.length; at += 3) {
    const changed = Uint8Array.from(token);
    changed[at]! ^= 1 << (at % 8);
    try {
      // A byte that is not signed may be another; what the token says may not.
      assert.deepEqual(await verifyTimestamp(changed, BYTES, [authority.root]), before, `byte ${at}`);
    } catch (error) {
      if (!isEntenteError(error)) throw error;
      refusedCount++;
    }
  }
  assert.ok(refusedCount > (token.length / 3) * 0.9, `${refusedCount} of ${token.length / 3}`);
});

test('a certificate counts only when it is for time-stamping alone, valid then, and named in what is signed', async () => {
  const wrong = async (options: AuthorityOptions, words: RegExp, names?: Uint8Array) => {
    const { token, authority } = await stamped(options, names);
    await assert.rejects(verifyTimestamp(token, BYTES), refused('signature-invalid', words));
    await assert.rejects(
      verifyTimestamp(token, BYTES, [authority.root]),
      refused('signature-invalid', /count/),
    );
  };
  await wrong({ purposes: ['1.3.6.1.5.5.7.3.1'] }, /time-stamping alone/);
  await wrong({ purposes: ['1.3.6.1.5.5.7.3.8', '1.3.6.1.5.5.7.3.1'] }, /time-stamping alone/);
  await wrong({ isCritical: false }, /time-stamping alone/);
  await wrong({ until: new Date('2026-11-30T00:00:00Z') }, /not valid at that time/);
  await wrong({ from: new Date('2026-12-02T00:00:00Z') }, /not valid at that time/);
  await wrong({}, /another certificate/, (await timeAuthority()).certificate);
});

test('an authority that refuses, answers nonsense or answers another request is told', async () => {
  const authority = await timeAuthority();
  const answer = await authority.answer(encodeTimestampRequest(DIGEST, NONCE), AT);
  const other = Buffer.from('ffffffffffffffff', 'hex');
  assert.throws(() => parseTimestampAnswer(answer, other), refused('peer-nonsense', /another request/));
  const without = await authority.answer(encodeTimestampRequest(DIGEST, NONCE), AT, { nonce: false });
  assert.throws(() => parseTimestampAnswer(without, NONCE), refused('peer-nonsense', /another request/));
  assert.throws(() => parseTimestampAnswer(refusal('too busy'), NONCE), refused('peer-nonsense', /too busy/));
  for (const nonsense of [Buffer.from('<html>'), Buffer.alloc(0), Buffer.alloc(100_000)])
    assert.throws(() => parseTimestampAnswer(nonsense, NONCE), refused('peer-nonsense', /answered/));
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

test('a time-stamp of OpenSSL’s authority counts, and OpenSSL reads what is asked', {
  skip: !hasOpenssl && 'openssl is not installed',
}, async (t) => {
  const folder = temporaryFolder(t);
  const run = (...words: string[]) => {
    const { status, stderr } = spawnSync('openssl', words, { cwd: folder, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  };
  writeFileSync(
    join(folder, 'tsa.cnf'),
    `[tsa]\ndefault_tsa = main\n[main]\nserial = ./serial\nsigner_cert = ./tsa.pem\nsigner_key = ./tsa.key\nsigner_digest = sha256
default_policy = 1.2.3.4\ndigests = sha256\nordering = no\ness_cert_id_alg = sha256\n[ext]\nextendedKeyUsage = critical,timeStamping\n`,
  );
  writeFileSync(join(folder, 'serial'), '01\n');
  run(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=Test CA',
  );
  run(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'tsa.key',
    '-out',
    'tsa.csr',
    '-subj',
    '/CN=Test TSA',
  );
  const sign = [
    '-req',
    '-in',
    'tsa.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-out',
    'tsa.pem',
  ];
  run('x509', ...sign, '-extfile', 'tsa.cnf', '-extensions', 'ext');
  writeFileSync(join(folder, 'request.tsq'), encodeTimestampRequest(DIGEST, NONCE));
  run('ts', '-reply', '-config', 'tsa.cnf', '-queryfile', 'request.tsq', '-out', 'answer.tsr');
  const token = parseTimestampAnswer(readFileSync(join(folder, 'answer.tsr')), NONCE);
  const trusted = certificatesIn(readFileSync(join(folder, 'ca.pem'), 'utf8'));
  // OpenSSL puts no certificate of its authority in unless asked; the request asks.
  const verified = await verifyTimestamp(token, BYTES, trusted);
  assert.equal(verified.authority, 'Test TSA');
  assert.equal(verified.isTrusted, true);
});
