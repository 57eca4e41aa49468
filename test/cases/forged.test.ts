/**
 * A bundle whose node lies: everything in it is changed and signed again by that node, so only proofs, chains and the words of others are left
 * to tell. Each lie is judged by the command's check and by the page in a real browser, which must give the same cause.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PATHS } from '../../src/cases/bundle/contents.ts';
import { verifyBundleSource } from '../../src/cases/bundle/verify.ts';
import {
  addExhibit,
  type BundleVerdict,
  makeBundle,
  openCase,
  readExhibit,
  runMatch,
} from '../../src/cases/index.ts';
import { syncPeer } from '../../src/exchange/index.ts';
import { signCheckpoint } from '../../src/ledger/index.ts';
import { encodeTimestampRequest, parseTimestampAnswer, verifyTimestamp } from '../../src/ledger/timestamp.ts';
import {
  currentCheckpoint,
  keepTimestamp,
  ledgerKey,
  ledgerOrigin,
  signStatement,
} from '../../src/registry/index.ts';
import { timeAuthority } from '../ledger/time-authority.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { twoNodes } from '../two-nodes.ts';
import { findBrowser, openPage, type Page } from './browser.ts';
import { type Context, ownSource, SAID } from './example-case.ts';
import { forge, type Papers, papersOf } from './forge.ts';

const browser = findBrowser();
const PAGE = join(import.meta.dirname, '../../src/cases/bundle/page/verify.htm');

/** A cosigned and time-stamped ledger, a case with everything, another case of the same node, and a checkpoint from before. */
async function lyingNode(t: Context) {
  const { police, companyAtPolice, time } = await twoNodes(t);
  const { registry } = police;
  const folder = temporaryFolder(t);
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const early = await currentCheckpoint(registry);
  const file = await openCase(registry, 'The case');
  const exhibit = await addExhibit(registry, file, write('a.txt', 'see evil.example'), SAID);
  await addExhibit(registry, file, write('b.txt', 'nothing here'), SAID);
  await readExhibit(registry, exhibit, {}, SAID);
  await runMatch(registry, file, [ownSource(registry, 'evil.example')], SAID);
  await syncPeer(registry, companyAtPolice);
  const note = await currentCheckpoint(registry);
  const nonce = Buffer.from('4123456789abcdef', 'hex');
  const request = encodeTimestampRequest(createHash('sha256').update(note).digest(), nonce);
  const authority = await timeAuthority({
    from: new Date('2020-01-01T00:00:00Z'),
    until: new Date('2040-01-01T00:00:00Z'),
  });
  const token = parseTimestampAnswer(await authority.answer(request, time.now), nonce);
  await keepTimestamp(registry, note, token, await verifyTimestamp(token, Buffer.from(note)));
  const bundle = join(folder, 'case.zip');
  await makeBundle(registry, file, bundle);
  const other = await openCase(registry, 'Another case');
  await addExhibit(registry, other, write('c.txt', 'of another case'), SAID);
  const otherBundle = join(folder, 'other.zip');
  await makeBundle(registry, other, otherBundle);
  return { registry, folder, bundle, otherBundle, early, time };
}

type Line = Record<string, unknown>;

test('whatever a node changes in its own bundle and signs again is noticed, by the command and by the page alike', async (t) => {
  const { registry, folder, bundle, otherBundle, early } = await lyingNode(t);
  const { identity } = registry;
  const other = await papersOf(otherBundle);
  const page = browser ? await openPage(browser, PAGE, join(folder, 'profile')) : null;
  if (page) t.after(() => page.close());
  else t.diagnostic('no Chromium is installed: judged by the command alone');

  const signed = (size: number, root: Uint8Array) =>
    signCheckpoint(
      { origin: ledgerOrigin(identity.kid), size, root },
      ledgerKey(identity.kid, identity.publicJwk),
      identity.sign,
    );
  /** The payload of a signed event changed, and signed again. */
  const resign = async (line: Line, edit: (event: Line) => void) => {
    const event = JSON.parse(
      Buffer.from(String(line['event']).split('.')[1]!, 'base64url').toString(),
    ) as Line;
    edit(event);
    line['event'] = await signStatement(identity, 'custody', event);
  };
  const inOrder = (papers: Papers) =>
    papers
      .text(PATHS.custody)
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  const writeLines = (papers: Papers, name: string, lines: readonly unknown[]) =>
    papers.write(name, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));

  const lies: [what: string, cause: RegExp, edit: (papers: Papers) => void | Promise<void>][] = [
    [
      'a custody event in the middle is left out',
      /does not follow/,
      (p) => p.lines(PATHS.custody, (lines) => lines.filter((_, i) => i !== 1)),
    ],
    [
      'two custody events are exchanged',
      /does not follow/,
      (p) => p.lines(PATHS.custody, (lines) => [lines[1]!, lines[0]!, ...lines.slice(2)]),
    ],
    [
      'a custody event says another person',
      /is not the one in the ledger/,
      async (p) => {
        const lines = inOrder(p);
        await resign(lines[0]!, (event) =>
          Object.assign(event['actor'] as Line, { person: 'Somebody else' }),
        );
        writeLines(p, PATHS.custody, lines);
      },
    ],
    [
      'a custody event says another time',
      /is not the one in the ledger/,
      async (p) => {
        const lines = inOrder(p);
        await resign(lines[0]!, (event) => Object.assign(event, { at: '2020-01-01T00:00:00.000Z' }));
        writeLines(p, PATHS.custody, lines);
      },
    ],
    [
      'all custody of an exhibit is left out',
      /has no custody event/,
      (p) =>
        p.lines(PATHS.custody, (lines) => lines.filter((line) => line['exhibit'] === lines[0]!['exhibit'])),
    ],
    [
      'an exhibit gets another name',
      /not registered in the ledger/,
      (p) =>
        p.json<{ exhibits: Line[] }>(PATHS.case, ({ exhibits }) =>
          Object.assign(exhibits[0]!, { name: 'b.txt' }),
        ),
    ],
    [
      'an exhibit gets other bytes',
      /missing or changed|not registered/,
      (p) => {
        const name = [...p.files.keys()].find((one) => one.startsWith('data/exhibits/'))!;
        p.write(name, 'planted');
      },
    ],
    [
      'an exhibit gets other bytes and their digest',
      /saw other bytes|not registered/,
      (p) => {
        const sha256 = createHash('sha256').update('planted').digest('hex');
        p.files.delete([...p.files.keys()].find((one) => one.startsWith('data/exhibits/'))!);
        p.write(PATHS.exhibit(sha256), 'planted');
        p.json<{ exhibits: Line[] }>(PATHS.case, ({ exhibits }) => Object.assign(exhibits[0]!, { sha256 }));
      },
    ],
    [
      'a file is put beside the exhibits',
      /belongs to no exhibit/,
      (p) => p.write(PATHS.exhibit('0'.repeat(64)), 'planted'),
    ],
    [
      'an exhibit in the middle is left out',
      /not all of them are here|out of order|about no exhibit/,
      (p) => {
        p.json<{ exhibits: Line[] }>(PATHS.case, (file) => {
          file.exhibits.shift();
        });
      },
    ],
    [
      'an exhibit of another case is put in',
      /about another exhibit|not registered/,
      (p) => {
        const foreign = (JSON.parse(other.text(PATHS.case)) as { exhibits: Line[] }).exhibits[0]!;
        p.json<{ exhibits: Line[]; totals: Line }>(PATHS.case, (file) => {
          file.exhibits.push({ ...foreign, number: 3 });
          file.totals['exhibits'] = 3;
        });
        p.lines(PATHS.custody, (lines) => [
          ...lines,
          ...other
            .text(PATHS.custody)
            .split('\n')
            .slice(0, -1)
            .map((line) => JSON.parse(line) as Line),
        ]);
      },
    ],
    [
      'the proofs of another case stand in for these',
      /proof of leaf|is not in the ledger|no custody leaf/,
      (p) => {
        p.write(PATHS.leaves, other.text(PATHS.leaves));
        p.write(PATHS.checkpoint, other.text(PATHS.checkpoint));
        for (const name of p.files.keys()) if (name.endsWith('.tlog-proof')) p.files.delete(name);
        for (const [name, bytes] of other.files) if (name.endsWith('.tlog-proof')) p.files.set(name, bytes);
        p.files.delete(PATHS.witnessed);
        p.files.delete(PATHS.timestamps);
      },
    ],
    [
      'the proof of one leaf stands in for another',
      /inclusion|not the one in the ledger|no custody leaf|not in the ledger/,
      (p) =>
        p.lines(PATHS.leaves, (lines) => {
          Object.assign(lines[2]!, {
            leaf: lines[3]!['leaf'],
            salt: lines[3]!['salt'],
            body: lines[3]!['body'],
          });
          return lines;
        }),
    ],
    [
      'the ledger is cut off before the case',
      /beyond|not below|outside|tree of/,
      (p) => p.write(PATHS.checkpoint, early),
    ],
    [
      'the ledger is another tree',
      /inclusion|does not|proof/,
      async (p) => {
        const size = Number(p.text(PATHS.checkpoint).split('\n')[1]);
        p.write(PATHS.checkpoint, await signed(size, new Uint8Array(32).fill(7)));
      },
    ],
    [
      'the ledger is another than its witness saw',
      /does not verify/,
      async (p) => {
        p.json<{ checkpoint: string }>(PATHS.witnessed, (file) => {
          file.checkpoint = file.checkpoint.replace(/^(.*\n.*\n)(.{4})/, '$1AAAA');
        });
      },
    ],
    [
      'the ledger forked before what its witness saw',
      /does not begin with/,
      async (p) => {
        const { checkpoint } = JSON.parse(p.text(PATHS.witnessed)) as { checkpoint: string };
        const forked = await signed(Number(checkpoint.split('\n')[1]), new Uint8Array(32).fill(9));
        p.json(PATHS.witnessed, (file) => Object.assign(file, { checkpoint: forked }));
      },
    ],
    [
      'a witness is said to have seen it earlier',
      /signature|cosign/,
      (p) =>
        p.json<{ checkpoint: string }>(PATHS.witnessed, (file) => {
          const lines = file.checkpoint.trimEnd().split('\n');
          const at = lines.findIndex((line) => line.includes('/witness'));
          const [dash, name, base64] = lines[at]!.split(' ');
          const bytes = Buffer.from(base64!, 'base64');
          bytes.writeUInt8(bytes.readUInt8(10) ^ 1, 10); // the last bytes of the time
          lines[at] = [dash, name, bytes.toString('base64')].join(' ');
          file.checkpoint = `${lines.join('\n')}\n`;
        }),
    ],
    [
      'the bundle is dated before what it holds',
      /back-dated/,
      (p) => p.json(PATHS.case, (file) => Object.assign(file, { madeAt: '2020-01-01T00:00:00.000Z' })),
    ],
    [
      'the time-stamp of another head stands in',
      /time-stamp does not count|consist|proof/,
      async (p) => {
        const forked = await signed(3, new Uint8Array(32).fill(9));
        p.lines(PATHS.timestamps, (lines) => {
          Object.assign(lines[0]!, { checkpoint: forked, proof: [] });
          return lines;
        });
      },
    ],
    [
      'a finding is left out',
      /not all of them are here|not those it gave/,
      (p) => p.write(PATHS.findings, ''),
    ],
    [
      'a finding says another value',
      /not those it gave/,
      (p) =>
        p.lines<{ finding: Line }>(PATHS.findings, (lines) => {
          lines[0]!.finding['value'] = 'good.example';
          return lines;
        }),
    ],
    [
      'a finding is said to be withheld with another commitment',
      /not those it gave/,
      (p) =>
        p.lines(PATHS.findings, (lines) =>
          lines.map((line) => ({ run: line['run'], withheld: '0'.repeat(64), why: 'privileged' })),
        ),
    ],
    ['a run is left out', /no run of this case|not all of them/, (p) => p.write(PATHS.runs, '')],
    [
      'a run says other inputs',
      /not the one in the ledger/,
      (p) =>
        p.lines<{ run: Line }>(PATHS.runs, (lines) => {
          lines[0]!.run['inputs'] = [];
          return lines;
        }),
    ],
    [
      'a proof file is of another leaf',
      /is not the proof of leaf/,
      (p) => {
        const [a, b] = [...p.files.keys()].filter((name) => name.endsWith('.tlog-proof'));
        p.write(a!, p.text(b!));
      },
    ],
    [
      'the case has another name',
      /not in the ledger as it stands/,
      (p) =>
        p.json<{ case: Line }>(PATHS.case, (file) => Object.assign(file.case, { name: 'A better case' })),
    ],
    [
      'it is said to be another node’s',
      /signature|another bundle|name the key/,
      (p) => p.json<{ node: Line }>(PATHS.case, (file) => Object.assign(file.node, { kid: 'x'.repeat(43) })),
    ],
  ];
  const judge = judges(page);
  const honest = await forge(registry, bundle, join(folder, 'same.zip'), () => {});
  assert.equal((await judge(honest)).cause, null, 'signing again changes nothing');
  const wrong: string[] = [];
  for (const [i, [what, cause, edit]] of lies.entries()) {
    const out = join(folder, `lie-${i}.zip`);
    const verdict = await judge(await forge(registry, bundle, out, edit));
    assert.equal(verdict.ok, false, `unnoticed: ${what}`);
    if (!cause.test(verdict.cause!)) wrong.push(`${what}: ${verdict.cause}`);
    rmSync(out);
  }
  assert.deepEqual(wrong, [], 'each for the reason that it is one');
  t.diagnostic(`${lies.length} lies, ${page ? 'by command and page' : 'by command'}`);
});

function judges(page: Page | null) {
  return async (bytes: Uint8Array): Promise<BundleVerdict> => {
    const source = {
      sizeBytes: bytes.length,
      read: async (offset: number, length: number) => bytes.subarray(offset, offset + length),
    };
    const verdict = await verifyBundleSource(source);
    if (!page) return verdict;
    const base64 = Buffer.from(bytes).toString('base64');
    const shown = await page.evaluate<BundleVerdict | null>(
      `ententeVerify(new Blob([Uint8Array.from(atob('${base64}'), (letter) => letter.charCodeAt(0))]))`,
    );
    assert.deepEqual(shown, JSON.parse(JSON.stringify(verdict)), 'the page judges as the command does');
    return verdict;
  };
}
