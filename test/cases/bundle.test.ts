import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { EntenteError, isEntenteError } from '../../src/base/index.ts';
import { verifyBundleSource } from '../../src/cases/bundle/verify.ts';
import {
  addExhibit,
  type BundleVerdict,
  makeBundle,
  openCase,
  runMatch,
  verifyBundle,
} from '../../src/cases/index.ts';
import { openRegistry, type Registry } from '../../src/registry/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { type Member, membersOf, writeMembers } from './bundle-members.ts';

/** A node with one case of two exhibits, one of them a folder, and one run with a finding. */
async function smallCase(
  t: Parameters<typeof temporaryFolder>[0],
): Promise<{ registry: Registry; file: string }> {
  const folder = temporaryFolder(t);
  const registry = await openRegistry(join(folder, 'node'), {
    createAs: 'Police of Arvenia',
    clock: () => new Date('2026-12-01T08:00:00Z'),
  });
  t.after(() => registry.close());
  const evidence = join(folder, 'note.txt');
  writeFileSync(evidence, 'see evil.example\n');
  const opened = await openCase(registry, 'Small');
  await addExhibit(registry, opened, evidence, { person: 'A. Person', purpose: 'test' });
  await runMatch(
    registry,
    opened,
    [
      {
        kind: 'domain',
        value: 'evil.example',
        indicator: 'indicator--00000000-0000-4000-8000-000000000001',
        name: 'Evil',
        contributor: 'Police of Arvenia',
        contributorKey: registry.identity.kid,
        agreement: null,
        clause: 'own intelligence',
      },
    ],
    { person: 'A. Person' },
  );
  const file = join(folder, 'small.zip');
  const made = await makeBundle(registry, opened, file);
  assert.equal(made.findings, 1);
  return { registry, file };
}

function judge(file: string, options: { expectedKey?: string } = {}): Promise<BundleVerdict> {
  return told(verifyBundle(file, options));
}

/** A verdict, with what cannot be read as a bundle told as one. */
async function told(verifying: Promise<BundleVerdict>): Promise<BundleVerdict> {
  try {
    return await verifying;
  } catch (error) {
    assert.ok(isEntenteError(error), String((error as Error).stack));
    assert.equal(error.code, 'archive-damaged');
    return {
      ok: false,
      case: null,
      node: null,
      checks: [],
      witnesses: [],
      timestamps: [],
      remarks: [],
      cause: error.message,
    };
  }
}

/** Of the bytes inside files, one in this many. */
const STEP = Number(process.env['STEP'] ?? 29);

test('a bundle', async (t) => {
  const { registry, file } = await smallCase(t);
  const whole = readFileSync(file);
  const copy = `${file}.copy`;
  const verdictOn = (bytes: Uint8Array) => {
    writeFileSync(copy, bytes);
    return judge(copy);
  };

  await t.test('that nobody touched is valid, and says from whom it is', async () => {
    const verdict = await judge(file, { expectedKey: registry.identity.kid });
    assert.equal(verdict.ok, true, verdict.cause ?? '');
    assert.equal(verdict.node!.kid, registry.identity.kid);
    assert.deepEqual(
      verdict.checks.map((check) => check.name),
      ['archive', 'manifests', 'signature', 'ledger', 'custody', 'exhibits', 'findings', 'agreements'],
    );
  });

  await t.test('is not valid when any one of its bytes is flipped', async () => {
    const bytes = Buffer.from(whole);
    const source = {
      sizeBytes: bytes.length,
      read: async (offset: number, length: number) => {
        if (offset + length > bytes.length) throw new EntenteError('archive-damaged', 'the file ends before');
        return bytes.subarray(offset, offset + length);
      },
    };
    // Every place of the archive's own structure, which nothing but its form protects, and a sample of the files; `STEP=1` is all.
    const members = await membersOf(file);
    const isFile = new Uint8Array(bytes.length);
    for (const member of members) isFile.fill(1, member.offset, member.offset + member.sizeBytes);
    let count = 0;
    for (let at = 0; at < bytes.length; at++) {
      if (isFile[at] && at % STEP !== 0) continue;
      count++;
      const was = bytes[at]!;
      bytes[at] = was ^ (1 << (at % 8));
      const verdict = await told(verifyBundleSource(source));
      assert.equal(verdict.ok, false, `byte ${at} of ${bytes.length} was flipped unnoticed`);
      assert.ok(verdict.cause && verdict.cause.length > 5 && verdict.cause.length < 1_000);
      bytes[at] = was;
    }
    t.diagnostic(`${count} of ${bytes.length} positions`);
  });

  await t.test('is not valid cut short anywhere, or with bytes added', async () => {
    const cuts = new Set([0, 1, 21, 22, whole.length - 1, whole.length - 22]);
    for (let at = 0; at < whole.length; at += 97) cuts.add(at);
    for (const at of cuts) assert.equal((await verdictOn(whole.subarray(0, at))).ok, false, `cut at ${at}`);
    for (const extra of [Buffer.from([0]), Buffer.from('PK'), whole, Buffer.alloc(70_000)]) {
      assert.equal((await verdictOn(Buffer.concat([whole, extra]))).ok, false, 'appended');
      assert.equal((await verdictOn(Buffer.concat([extra, whole]))).ok, false, 'prepended');
    }
    const middle = Math.floor(whole.length / 2);
    const inserted = Buffer.concat([whole.subarray(0, middle), Buffer.from('x'), whole.subarray(middle)]);
    assert.equal((await verdictOn(inserted)).ok, false, 'inserted');
  });

  await t.test('is not valid with a file dropped, added, renamed, emptied or exchanged', async () => {
    const members = await membersOf(file);
    const verdictOnMembers = async (changed: readonly { name: string; bytes: Uint8Array }[]) => {
      await writeMembers(copy, changed);
      return judge(copy);
    };
    assert.equal((await verdictOnMembers(members)).ok, true, 'writing it again changes nothing');
    for (const { name, sizeBytes } of members) {
      const without = members.filter((member) => member.name !== name);
      assert.equal((await verdictOnMembers(without)).ok, false, `without ${name}`);
      const edit = (change: (member: Member) => { name: string; bytes: Uint8Array }) =>
        verdictOnMembers(members.map((member) => (member.name === name ? change(member) : member)));
      assert.equal((await edit((m) => ({ ...m, name: `${name}x` }))).ok, false, `${name} renamed`);
      if (sizeBytes > 0)
        assert.equal((await edit((m) => ({ ...m, bytes: new Uint8Array() }))).ok, false, `${name} emptied`);
      assert.equal(
        (await edit((m) => ({ ...m, bytes: Buffer.concat([m.bytes, Buffer.from('\n')]) }))).ok,
        false,
        `${name} with a line more`,
      );
    }
    for (const name of ['data/extra.txt', 'extra.txt', '../outside', '/etc/passwd', 'data/exhibits/../x'])
      assert.equal(
        (await verdictOnMembers([...members, { name, bytes: Buffer.from('x') }])).ok,
        false,
        `with ${name}`,
      );
    const [a, b] = members.filter((member) => member.name.startsWith('data/'));
    const swapped = members.map((member) =>
      member === a ? { ...a, bytes: b!.bytes } : member === b ? { ...b, bytes: a!.bytes } : member,
    );
    assert.equal((await verdictOnMembers(swapped)).ok, false, 'two files exchanged');
  });

  await t.test(
    'is not valid when a letter of its signature is another, though all checksums fit',
    async () => {
      const members = await membersOf(file);
      const signature = Buffer.from(members.find(({ name }) => name === 'signature.jws')!.bytes).toString();
      const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      for (let at = 0; at < signature.length; at += at < signature.length - 40 ? 9 : 1) {
        const letter = letters[(letters.indexOf(signature[at]!) + 1) % 64]!;
        const changed = Buffer.from(signature.slice(0, at) + letter + signature.slice(at + 1));
        await writeMembers(
          copy,
          members.map((member) => (member.name === 'signature.jws' ? { ...member, bytes: changed } : member)),
        );
        assert.equal((await judge(copy)).ok, false, `letter ${at} of ${signature.length}`);
      }
    },
  );

  await t.test('is not valid with its files in another order', async () => {
    // The same members, the first two local entries exchanged by hand; the directory says where each is.
    const [first, second] = await membersOf(file);
    const local = (m: Member) => {
      const start = (m as unknown as { offset: number }).offset - 30 - Buffer.byteLength(m.name);
      return { start, end: (m as unknown as { offset: number }).offset + m.sizeBytes };
    };
    const [one, two] = [local(first!), local(second!)];
    const reordered = Buffer.concat([
      whole.subarray(two.start, two.end),
      whole.subarray(one.start, one.end),
      whole.subarray(two.end),
    ]);
    assert.equal((await verdictOn(reordered)).ok, false);
  });

  await t.test('of another node is not taken for this one’s', async (inner) => {
    const other = await smallCase(inner);
    assert.equal((await judge(other.file)).ok, true);
    const verdict = await judge(other.file, { expectedKey: registry.identity.kid });
    assert.equal(verdict.ok, false);
    assert.match(verdict.cause!, /is from node/);
    // Parts of the other bundle do not fit into this one, signature and manifests included.
    const mine = await membersOf(file);
    const theirs = new Map((await membersOf(other.file)).map((member) => [member.name, member]));
    for (const names of [
      ['signature.jws'],
      ['data/case.json'],
      ['data/custody.jsonl'],
      ['data/ledger/checkpoint'],
      ['data/ledger/leaves.jsonl', 'data/ledger/checkpoint'],
      ['signature.jws', 'tagmanifest-sha256.txt', 'manifest-sha256.txt'],
    ]) {
      await writeMembers(
        copy,
        mine.map((member) => (names.includes(member.name) ? theirs.get(member.name)! : member)),
      );
      assert.equal((await judge(copy)).ok, false, names.join(', '));
    }
  });

  await t.test('is not one when it is nothing of the kind', async () => {
    for (const [what, bytes] of [
      ['text', Buffer.from('hello world, this is not a bundle at all')],
      ['an empty zip', Buffer.concat([Buffer.from('PK\u0005\u0006'), Buffer.alloc(18)])],
      ['zeros', Buffer.alloc(4_096)],
      ['a huge directory', Buffer.concat([Buffer.from('PK\u0005\u0006'), Buffer.alloc(18, 0xff)])],
    ] as const)
      assert.equal((await verdictOn(bytes)).ok, false, what);
  });
});

test('a case makes the same bundle twice, but for what happened in between', async (t) => {
  const { registry, file } = await smallCase(t);
  const [opened] = await registry.db.all<{ id: string; name: string; openedAt: string }>(
    'SELECT id, name, opened_at AS "openedAt" FROM case_file',
  );
  const again = `${file}.again`;
  await makeBundle(registry, opened!, again);
  const unlike = [];
  const before = new Map((await membersOf(file)).map((member) => [member.name, member]));
  const added = [];
  for (const member of await membersOf(again)) {
    const earlier = before.get(member.name);
    if (!earlier) added.push(member.name);
    else if (!Buffer.from(member.bytes).equals(earlier.bytes)) unlike.push(member.name);
  }
  assert.equal(added.length, 1, 'the proof of the second copying');
  // The ledger has two leaves more, for the first bundle and for the copying of the exhibit into the second.
  assert.deepEqual(unlike, [
    'bag-info.txt',
    'data/case-uco.jsonld',
    'data/custody.jsonl',
    'data/ledger/checkpoint',
    'data/ledger/leaves.jsonl',
    ...[...before.keys()].filter((name) => /\.tlog-proof$|^data\/report\//.test(name)),
    'manifest-sha256.txt',
    'signature.jws',
    'tagmanifest-sha256.txt',
  ]);
});

test('a bundle is refused when the stored evidence is no longer what was registered', async (t) => {
  const { registry, file } = await smallCase(t);
  const [row] = await registry.db.all<{ sha256: string; id: string }>(
    'SELECT sha256, case_id AS id FROM exhibit',
  );
  const path = await registry.blobs.path(row!.sha256);
  const { chmodSync, unlinkSync } = await import('node:fs');
  const changed = Buffer.from(readFileSync(path));
  changed[0]! ^= 1;
  chmodSync(path, 0o600);
  writeFileSync(path, changed);
  const opened = { id: row!.id, name: 'Small', openedAt: '2026-12-01T08:00:00.000Z' };
  await assert.rejects(
    makeBundle(registry, opened, `${file}.2`),
    (error) => isEntenteError(error) && error.code === 'store-damaged',
  );
  unlinkSync(path);
  await assert.rejects(
    makeBundle(registry, opened, `${file}.2`),
    (error) => isEntenteError(error) && error.code === 'store-damaged',
  );
  assert.throws(() => readFileSync(`${file}.2`), 'no half bundle is left');
});
