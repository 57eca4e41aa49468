import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  draftNotice,
  encodeSignedAgreement,
  encodeSignedNotice,
  signNotice,
} from '../../src/agreement/index.ts';
import { TEMPLATES } from '../../src/agreement/templates/index.ts';
import type { Command } from '../../src/cli/command.ts';
import { command as check } from '../../src/cli/commands/agreement-check.ts';
import { command as decide } from '../../src/cli/commands/agreement-decide.ts';
import { command as verify } from '../../src/cli/commands/agreement-verify.ts';
import { parseInvocation } from '../../src/cli/invocation.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { DURING, exampleAgreement, KEYS, sign } from './example.ts';

const folder = mkdtempSync(join(tmpdir(), 'entente-agreement-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Runs a command and returns its exit code and what it printed. */
async function run(command: Command, words: readonly string[]): Promise<{ code: number; out: string }> {
  const lines: string[] = [];
  const plain = (text: string) => text;
  const style = { bold: plain, dim: plain, green: plain, red: plain, yellow: plain, cyan: plain };
  const terminal: Terminal = {
    out: (line) => void lines.push(line),
    note: () => {},
    style,
    mark: () => {},
    progress: () => ({ update: () => {}, end: () => {} }),
  };
  const code = await command.run(parseInvocation(command, words), terminal);
  return { code, out: lines.join('\n') };
}

const agreement = exampleAgreement();
const text = encodeSignedAgreement(await sign(agreement));
const whole = file('whole.json', text);
const indicator = {
  type: 'indicator',
  spec_version: '2.1',
  id: 'indicator--26ffb872-1dd9-446e-b6f5-d58527e5b5d2',
  created: '2026-11-01T00:00:00.000Z',
  modified: '2026-11-01T00:00:00.000Z',
  pattern: "[domain-name:value = 'login-portal.example']",
  pattern_type: 'stix',
  valid_from: '2026-11-01T00:00:00Z',
  object_marking_refs: ['marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421'],
};
const amber = file('amber.json', JSON.stringify(indicator));
const red = file(
  'red.json',
  JSON.stringify({
    ...indicator,
    object_marking_refs: ['marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1'],
  }),
);
const QUESTION = ['--from', 'northlight', '--to', 'interlink', '--purpose', 'investigation', '--json'];

test('verify: exit 0 for a fully signed agreement, with its digest and signatories', async () => {
  const { code, out } = await run(verify, [whole, '--json']);
  assert.equal(code, 0);
  const answer = JSON.parse(out);
  assert.equal(answer.ok, true);
  assert.deepEqual(
    answer.signatures.map(({ party }: { party: string }) => party),
    ['northlight', 'interlink'],
  );
  assert.match((await run(verify, [whole])).out, /^valid {2}Second agreement/);
});

test('verify: one signature, a changed byte, a draft and rubbish are refused with the reason', async () => {
  const half = encodeSignedAgreement(await sign(agreement, ['northlight']));
  const cases: [string, string, string, RegExp][] = [
    ['half.json', half, 'agreement-signature', /Interlink Police Organisation has not signed/],
    ['changed.json', text.replace('"amber"', '"green"'), 'agreement-invalid', /text.boundTo/],
    ['renamed.json', text.replace('Elin Strand', 'Elin Strang'), 'agreement-invalid', /text.boundTo/],
    [
      'stripped.json',
      text.replace(/"signature":"(.)/, (_, first) => `"signature":"${first === 'A' ? 'B' : 'A'}`),
      'agreement-signature',
      /was changed/,
    ],
    ['draft.json', JSON.stringify(agreement), 'agreement-signature', /bytes are not those that were signed/],
    ['rubbish.json', 'not json', 'json-syntax', /is not JSON/],
    ['empty.json', '', 'json-syntax', /is not JSON/],
  ];
  for (const [name, bytes, code, said] of cases) {
    await assert.rejects(
      run(verify, [file(name, bytes), '--json']),
      (error: { code: string; message: string; exit: number }) => {
        assert.equal(error.code, code, name);
        assert.match(error.message, said, name);
        assert.equal(error.exit, 2);
        return true;
      },
    );
  }
  await assert.rejects(run(verify, ['--json']), { code: 'usage' });
});

test('decide: the verdict, its clauses with words, and the agreement’s id and version', async () => {
  const { code, out } = await run(decide, [whole, '--object', amber, '--at', DURING, ...QUESTION]);
  assert.equal(code, 0);
  const verdict = JSON.parse(out);
  assert.equal(verdict.verdict, 'allow');
  assert.deepEqual(verdict.agreement, { id: agreement.id, version: 1 });
  assert.deepEqual(
    verdict.clauses.map(({ path, effect }: { path: string; effect: string }) => [path, effect]),
    [['flows[0]', 'allow']],
  );
  const denied = JSON.parse((await run(decide, [whole, '--object', red, '--at', DURING, ...QUESTION])).out);
  assert.equal(denied.verdict, 'deny');
  assert.equal(denied.clauses[0].path, 'flows[0].tlp');
  assert.match(denied.clauses[0].words, /TLP:AMBER is the highest.*TLP:RED/);
  assert.match(denied.toAllow[0], /raise the ceiling/);
});

test('decide: time zones, full names, notices and bundles are understood', async () => {
  const ask = async (words: string[]) =>
    JSON.parse((await run(decide, [whole, ...words, '--purpose', 'investigation', '--json'])).out);
  const parties = ['--from', 'Northlight Security', '--to', 'interlink police organisation'];
  const at = (time: string) => ask(['--object', amber, ...parties, '--at', time]);
  assert.equal((await at('2026-12-01T00:00:00+01:00')).clauses[0].path, 'term.from');
  assert.equal((await at('2026-12-01T01:00:00+01:00')).verdict, 'allow');
  assert.equal((await at('2031-12-01T00:00:00Z')).clauses[0].path, 'term.until');
  const bundle = file(
    'bundle.json',
    JSON.stringify({ type: 'bundle', id: 'bundle--1', objects: [{ type: 'marking-definition' }, indicator] }),
  );
  assert.equal((await ask(['--object', bundle, ...parties, '--at', DURING])).verdict, 'allow');
  const hold = draftNotice(agreement, {
    kind: 'suspend',
    party: 'interlink',
    at: '2027-01-01T00:00:00Z',
    reason: 'under review',
  });
  const by = { signatory: 'secretary-general', at: hold.at };
  const signed = {
    notice: hold,
    signatures: [await signNotice(agreement, hold, KEYS.interlink.signatory, by)],
  };
  const notice = file('notice.json', encodeSignedNotice(signed));
  const suspended = await ask(['--object', amber, ...parties, '--at', DURING, '--notice', notice]);
  assert.deepEqual([suspended.verdict, suspended.clauses[0].path], ['deny', 'notice.suspend']);
  assert.equal(
    (await ask(['--object', amber, '--from', 'somebody', '--to', 'interlink', '--at', DURING])).clauses[0]
      .path,
    'parties',
  );
});

test('decide: an agreement that is not fully signed decides nothing, and bad questions are named', async () => {
  const half = file('half2.json', encodeSignedAgreement(await sign(agreement, ['interlink'])));
  const denied = JSON.parse((await run(decide, [half, '--object', amber, '--at', DURING, ...QUESTION])).out);
  assert.deepEqual([denied.verdict, denied.clauses[0].path], ['deny', 'signatures']);
  const wrong = file(
    'wrong.json',
    text.replace(/"signature":"(.)/, (_, first) => `"signature":"${first === 'A' ? 'B' : 'A'}`),
  );
  await assert.rejects(run(decide, [wrong, '--object', amber, ...QUESTION]), { code: 'agreement-signature' });
  await assert.rejects(run(decide, [whole, ...QUESTION]), { code: 'usage' });
  await assert.rejects(run(decide, [whole, '--object', file('no.json', '[1]'), ...QUESTION]), {
    code: 'stix-invalid',
  });
  await assert.rejects(run(decide, [whole, '--object', file('cut.json', '{"type":'), ...QUESTION]), {
    code: 'json-syntax',
  });
  await assert.rejects(
    run(decide, [whole, '--object', amber, '--from', 'a', '--to', 'b', '--purpose', 'fun']),
    { code: 'usage' },
  );
  await assert.rejects(run(decide, [whole, '--object', amber, '--at', '2027-02-30T00:00:00Z', ...QUESTION]), {
    code: 'timestamp-invalid',
  });
});

test('check takes a template before its places are filled in, and still finds what is wrong with it', async () => {
  for (const [name, template] of Object.entries(TEMPLATES)) {
    const sound = await run(check, [file(`${name}.yaml`, template), '--json']);
    assert.deepEqual([sound.code, JSON.parse(sound.out).issues.filter(isFault)], [0, []], name);
    assert.ok(JSON.parse(sound.out).open.includes('contributor.node'));
    const wrong = template.replace('instrument:', 'instrumint:');
    assert.equal((await run(check, [file(`${name}-wrong.yaml`, wrong)])).code, 1);
  }
});

const isFault = ({ severity }: { severity?: string }) => severity !== 'warning';
