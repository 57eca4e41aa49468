/** UTF-16 amid other bytes, and other bytes amid UTF-16: found where it stands, whatever stands beside it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  buildIndex,
  detectEncoding,
  type Entry,
  type Hit,
  openIndex,
  openKernelEngine,
  openScan,
  type ScanOptions,
  scan,
  shareIndex,
} from '../../src/match/index.ts';
import { pick, type Random, seededRandom, string } from './generate.ts';

const domains = (...values: string[]): Entry[] => values.map((value) => ({ kind: 'domain', value }));

async function find(content: Uint8Array, ...values: string[]) {
  const index = openIndex(buildIndex(domains(...values)).bytes);
  const engine = await openKernelEngine(index, await shareIndex(index, 1), 0);
  return scan(content, index, { engine }).map(({ matched, offset, length }) => [matched, offset, length]);
}

const little = (text: string) => Buffer.from(text, 'utf16le');
const big = (text: string) => Buffer.from(text, 'utf16le').swap16();
const latin = (text: string) => Buffer.from(text, 'latin1');
const join = (...parts: Uint8Array[]) => Buffer.concat(parts);

test('big-endian text begins at its first zero', async () => {
  const content = join(latin('AAAA\x80'), big('evil.com'), latin('\x80\x80'));
  assert.deepEqual(await find(content, 'evil.com'), [['evil.com', 5, 16]]);
});

test('big-endian text behind ASCII is read whole', async () => {
  const content = join(latin('AB\x80A:'), big('evil.com'), latin('\x80\x80'));
  assert.deepEqual(await find(content, 'evil.com'), [['evil.com', 5, 16]]);
  assert.deepEqual(await find(content, 'evil.co'), []);
});

test('a letter that stands beside little-endian text is no letter of it', async () => {
  const field = join(latin('\x80\x80\x08\0'), little('evil.com'), latin('P\x80'));
  assert.deepEqual(await find(field, 'evil.com'), [['evil.com', 4, 16]]);
  const behindText = join(latin('\x80abc\0'), little('evil.com'), latin('\x80'));
  assert.deepEqual(await find(behindText, 'evil.com'), [['evil.com', 5, 16]]);
  const between = join(latin('\x80abc\0'), little('evil.com'), latin('P\x80'));
  assert.deepEqual(await find(between, 'evil.com'), [['evil.com', 5, 16]]);
});

test('a letter of wide text is not taken from it where nothing stands beside it', async () => {
  for (const encode of [little, big])
    for (const [before, after] of [
      ['\x80', '\x80'],
      ['\0\0', '\0\0'],
      ['\x80\0\0', '\0\0\x80'],
    ] as const)
      for (const text of ['notevil.com', 'xevil.com', 'evil.company'])
        assert.deepEqual(await find(join(latin(before), encode(text), latin(after)), 'evil.com'), []);
});

test('wide text is found wherever a window ends in it', async () => {
  const index = openIndex(buildIndex(domains('evil.com')).bytes);
  const engine = await openKernelEngine(index, await shareIndex(index, 1), 0);
  const rest = new Uint8Array(20_000).fill(0x80);
  // The first window owns 264 KiB: what it was filled with, without the context behind it.
  for (let before = 264 * 1024 - 20; before < 264 * 1024 + 4; before++)
    for (const encode of [little, big]) {
      const content = join(new Uint8Array(before).fill(0x80), encode('evil.com'), rest);
      assert.deepEqual(
        scan(content, index, { engine }).map(({ offset, length }) => [offset, length]),
        [[before, 16]],
      );
    }
});

/** What stands beside a text; none of them can be a length of it. */
const BESIDE = [0, 0, 0x01, 0x41, 0x7a, 0x3a, 0x81, 0xff];
const isText = (byte: number) => byte === 0x09 || (byte >= 0x20 && byte < 0x7f);
const isAlnum = (byte: number) => /[0-9a-z]/i.test(String.fromCharCode(byte));
const isOther = (byte: number) => byte !== 0 && !isText(byte);

/** What bytes beside a text make of it. */
function judge(order: 'le' | 'be', [b3, b2, b1]: number[], [a1, a2, a3]: number[]) {
  if (order === 'le') {
    // Its bytes are those of big-endian text behind ASCII punctuation.
    const isOfBig = b1 === 0 && b2 === 0x3a && isText(b3!) && isText(a1!) && isOther(a2!);
    return {
      first: !isOfBig && !(b1 === 0 && isAlnum(b2!) && !isText(b3!)),
      last: !isOfBig && !(isAlnum(a1!) && a2 === 0),
      exact: !isText(a1!),
    };
  }
  const isOfLittle = a1 === 0 && a2 === 0x3a && isText(a3!) && isText(b1!) && isOther(b2!);
  // A longer little-endian text with nothing left over.
  const isLongerLittle = isAlnum(b1!) && isOther(b2!) && a1 === 0;
  return {
    first: !isOfLittle && !isLongerLittle && !(b2 === 0 && isAlnum(b1!)),
    last: !isOfLittle && !(a1 === 0 && isAlnum(a2!)),
    exact: a1 !== 0 && isOther(b1!),
  };
}

test('wide tokens at odd and even places are found exactly, whatever stands beside the text', async () => {
  const random: Random = seededRandom(20);
  const tokens = Array.from(
    { length: 60 },
    () =>
      `${string(random, 'abcdefghij0123456789', 1 + random(12))}q.${pick(random, ['com', 'net', 'info'])}`,
  );
  const index = openIndex(buildIndex(domains(...new Set(tokens))).bytes);
  const engine = await openKernelEngine(index, await shareIndex(index, 1), 0);
  let exact = 0;
  for (let round = 0; round < 6000; round++) {
    const order = pick(random, ['le', 'be'] as const);
    const encode = order === 'le' ? little : big;
    const before = Array.from({ length: 3 }, () => pick(random, BESIDE));
    const after = Array.from({ length: 3 }, () => pick(random, BESIDE));
    const filler = new Uint8Array(40 + random(8)).fill(0x80);
    const at = filler.length + 3;
    const expected: { token: string; at: number }[] = [];
    let text = '';
    for (let i = 1 + random(4); i > 0; i--) {
      const token = pick(random, tokens);
      expected.push({ token, at: at + 2 * text.length });
      text += token + (i > 1 ? pick(random, [' ', '\t', ', ', '"', '\r\n']) : '');
    }
    const content = join(filler, Uint8Array.from(before), encode(text), Uint8Array.from(after), filler);
    const hits = scan(content, index, { engine, encoding: 'bytes' });
    const is = judge(order, before, after);
    const told = `round ${round}: ${order} ${JSON.stringify(text)} between ${before} and ${after}: ${JSON.stringify(
      hits.map(({ matched, offset }) => [matched, offset]),
    )}`;
    for (const [i, { token, at: true_ }] of expected.entries()) {
      const found = hits.filter(
        (hit) =>
          hit.matched === token && Math.abs(hit.offset - true_) <= 1 && hit.length === 2 * token.length,
      );
      const mustBe = (i > 0 || is.first) && (i < expected.length - 1 || is.last);
      assert.ok(found.length === 1 || (!mustBe && found.length === 0), `${token} at ${true_}; ${told}`);
      if (found.length === 1 && is.exact) {
        assert.equal(found[0]!.offset, true_, told);
        exact++;
      }
      for (const { offset, length } of found) {
        const bytes = content.subarray(offset, offset + length);
        assert.ok(
          [little(token), big(token)].some((one) => one.equals(bytes)),
          told,
        );
      }
    }
    // Nothing else: a part of a token is none.
    assert.ok(
      hits.every((hit) =>
        expected.some(({ token, at: true_ }) => token === hit.matched && Math.abs(hit.offset - true_) <= 1),
      ) ||
        !is.first ||
        !is.last,
      told,
    );
  }
  assert.ok(exact > 3000, `${exact}`);
});

test('behind a byte order mark, what is not UTF-16 is read as bytes', async () => {
  assert.deepEqual(await find(latin('\xff\xfeevil.com\r\n'), 'evil.com'), [['evil.com', 2, 8]]);
  const two = join(
    latin('\xff\xfe'),
    little('hi evil.com\r\n'),
    latin('evil.com\r\n'),
    little('see evil.com '),
  );
  assert.deepEqual(await find(two, 'evil.com'), [
    ['evil.com', 8, 16],
    ['evil.com', 28, 8],
    ['evil.com', 46, 16],
  ]);
  // From here on text is out of step with the beginning.
  const odd = join(
    latin('\xff\xfe'),
    little('hi evil.com\r\n'),
    latin('see evil.com\n'),
    little('see evil.com '),
  );
  assert.deepEqual(await find(odd, 'evil.com'), [
    ['evil.com', 8, 16],
    ['evil.com', 32, 8],
    ['evil.com', 49, 16],
  ]);
  const bigTwo = join(
    latin('\xfe\xff'),
    big('hi evil.com\r\n'),
    latin('see evil.com\n'),
    big('see evil.com '),
  );
  assert.deepEqual(await find(bigTwo, 'evil.com'), [
    ['evil.com', 8, 16],
    ['evil.com', 32, 8],
    ['evil.com', 49, 16],
  ]);
});

test('both readings of a long log give their hits in order, each once', async () => {
  const line = little('2026-11-28 a line of a log that says evil.com and goes on\r\n');
  const parts: Buffer[] = [latin('\xff\xfe')];
  const expected: number[] = [];
  let at = 2;
  const put = (part: Buffer, within: number) => {
    expected.push(at + within);
    parts.push(part);
    at += part.length;
  };
  for (let i = 0; i < 6_000; i++) {
    put(line, line.indexOf(little('evil.com')));
    if (i % 1500 === 700) put(latin('plain evil.com.\n'), 6);
  }
  const content = join(...parts);
  assert.deepEqual(
    (await find(content, 'evil.com')).map(([, offset]) => offset),
    expected,
  );
});

test('UTF-16 of one alphabet is told without a mark; tables of numbers are not', async () => {
  const russian = 'Письмо пришло с адреса пример.рф, и в нём была ссылка на evil.com.\r\n'.repeat(3);
  for (const encode of [little, big]) {
    const content = encode(russian);
    const found = await find(content, 'пример.рф', 'evil.com');
    assert.deepEqual(
      found.map(([matched]) => matched),
      ['пример.рф', 'evil.com', 'пример.рф', 'evil.com', 'пример.рф', 'evil.com'],
    );
    for (const [matched, offset, length] of found as [string, number, number][])
      assert.deepEqual(content.subarray(offset, offset + length), encode(matched));
  }
  const numbers = Buffer.alloc(4096);
  for (let i = 0; i < 2048; i++) numbers.writeUInt16LE([32, 1025, 1026][i % 3]!, 2 * i);
  assert.equal(detectEncoding(numbers), 'bytes');
  assert.equal(detectEncoding(Buffer.from(russian)), 'bytes');
});

test('a run whose end a window does not see is read as the whole stream shows it', async () => {
  const index = openIndex(buildIndex(domains('evil.com', 'evil.net')).bytes);
  const engine = await openKernelEngine(index, await shareIndex(index, 1), 0);
  const content = join(latin('\x80\x80\x80A'), big(`evil.com${' x'.repeat(6000)} evil.net`), latin('\0\x80'));
  const whole = scan(content, index, { engine, encoding: 'bytes' });
  const ranges: Hit[] = [];
  for (let from = 0; from < content.length; from += 100) {
    const to = Math.min(content.length, from + 100);
    const start = Math.max(0, from - 8192);
    const range: ScanOptions = {
      encoding: 'bytes',
      offset: start,
      owned: { from, to },
      onHit: (hit) => void ranges.push(hit),
    };
    const one = openScan(engine, index, range);
    one.push(content.subarray(start, to + 8192));
    one.end();
  }
  const brief = ({ offset, length, entry }: Hit) => [offset, length, entry];
  assert.deepEqual(ranges.map(brief), whole.map(brief));
  assert.deepEqual(
    whole.map(({ matched }) => matched),
    ['evil.net'],
  );
});
