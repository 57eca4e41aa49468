/**
 * Every short text of the pieces that decide about a kind: an indicator, parts of it, and the signs that may stand beside it. What random
 * text meets once in gigabytes stands here among the first megabyte. For the differential tests and the soak script.
 */
import {
  buildIndex,
  type Engine,
  type Entry,
  openIndex,
  openKernelEngine,
  openReferenceEngine,
  shareIndex,
} from '../../src/match/index.ts';

interface ShortTexts {
  readonly entries: readonly Entry[];
  readonly pieces: readonly string[];
}

const MD5 = 'd41d8cd98f00b204e9800998ecf8427e';
const SHA1 = 'da39a3ee5e6b4b0d3255bfef95601890afd80709';
const COIN = '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa';
const JA4 = 't13d1516h2_8daaf6152771_02713d6af862';
const IDN = 'пример.рф';

export const SHORT_TEXTS: Readonly<Record<string, ShortTexts>> = {
  domain: of([['domain', 'evil.com']], 'evil.com com . - _ a 1 @ : / %2f \\n é'),
  'domain beside international ones': of(
    [
      ['domain', 'evil.com'],
      ['domain', IDN],
    ],
    `evil.com ${IDN} . - _ a @ : / %2f \\n é 访`,
  ),
  subdomain: of(
    [
      ['domain', 'a.evil.com'],
      ['domain', '_x.evil.com'],
    ],
    'a.evil evil .com . - _x. a @ : / %2f \\u0041',
  ),
  email: of([['email', 'a@evil.com']], 'a@evil.com evil.com . - _ a @ + / = %20 \\n é'),
  'email and its domain': of(
    [
      ['email', 'a.b@evil.com'],
      ['domain', 'evil.com'],
    ],
    "a.b@evil.com evil.com . - b a @ < ' %20 \\n é",
  ),
  ipv4: of([['ipv4', '1.2.3.4']], '1.2.3.4 . - _ a 1 0 @ : / %2f \\n é ::'),
  'ipv4 in a range': of([['cidr', '1.2.0.0/16']], '1.2.3.4 . - a 1 0 x : / %2f \\n 256 :: ffff:'),
  ipv6: of([['ipv6', '1:0::1:0']], '1:0::1:0 1: :: a . 0 g [ % /20 1.2.3.4 é \\n'),
  'ipv4 in ipv6': of(
    [
      ['ipv6', '::102:304'],
      ['ipv4', '1.2.3.4'],
    ],
    ':: 1.2.3.4 ffff: 0: 102: 304 . : a g / %',
  ),
  'ipv6 in a range': of([['cidr', '2001:db8::/32']], '2001:db8: 2001: db8: : 1 . a g % / 1.2.3.4'),
  url: of([['url', 'http://evil.com/a']], 'http://evil.com/a http:// evil.com / a . : 80 @ %2f ? # é ”'),
  'url without its scheme': of(
    [['url', 'evil.com/a']],
    'evil.com/a http:// evil.com / a . - :80 @ %2f ? \\n é ”',
  ),
  'url that begins with': of(
    [['url', 'http://evil.com/a*']],
    'http://evil.com/a http:// evil.com / a . :80 @ %2f ? ( ) , é',
  ),
  digest: of(
    [
      ['md5', MD5],
      ['ja3', MD5.replace(/e$/, 'f')],
    ],
    `${MD5} ${MD5.replace(/e$/, 'f')} a g % 2 \\n - _ é : 0x`,
  ),
  asn: of([['asn', 'AS64500']], 'as64500 as asn 0 64500 6 a - %41 \\n é _'),
  phone: of([['phone', '+33123456789']], '+33123456789 +33 1 23 456789 - ( ) . a 00 /', ' '),
  certificate: of([['certificate', SHA1]], `${SHA1.replace(/..(?=.)/g, '$&:')} ${SHA1} : a da g % \\n`, ' '),
  'coin address': of([['coin-address', COIN]], `${COIN} 1 a . - _ %20 \\n é : bitcoin:`),
  ja4: of([['ja4', JA4]], `${JA4} t13d1516h2_ 8daaf6152771 _ a g - %20 \\n é .`),
  'file name': of(
    [
      ['file-name', 'evil.exe'],
      ['mutex', 'm1'],
      ['string', 'str'],
    ],
    'evil.exe EVIL.EXE m1 str . - _ a \\ / %20 \\n é 访',
  ),
  path: of(
    [
      ['file-path', '/tmp/evil'],
      ['file-path', 'C:\\x'],
      ['registry-key', 'HKLM\\Software\\X'],
    ],
    '/tmp/evil C:\\x c:/x C:\\\\x HKLM\\Software\\X \\ / a . - é HKEY_LOCAL_MACHINE\\',
  ),
};

/** What differed, how much was compared. */
export interface Comparison {
  bytes: number;
  matches: number;
  readonly differences: string[];
}

/** Compares the engines on all texts of up to `length` pieces, many in one window. */
export async function compareShortTexts(
  { entries, pieces }: ShortTexts,
  length: number,
): Promise<Comparison> {
  const { reference, kernel } = await engines(entries);
  const done: Comparison = { bytes: 0, matches: 0, differences: [] };
  let batch: string[] = [];
  const flush = () => {
    const window = Buffer.from(batch.join(' '));
    batch = [];
    const expected = places(reference, window);
    const found = places(kernel, window);
    done.bytes += window.length;
    done.matches += expected.size;
    for (const place of differing(expected, found)) {
      const at = Number.parseInt(place, 10);
      const from = window.lastIndexOf(' ', at) + 1;
      const text = window
        .subarray(from, from + 100)
        .toString()
        .split(' ')[0];
      done.differences.push(`${expected.has(place) ? 'missed' : 'extra'} in ${JSON.stringify(text)}`);
    }
  };
  for (const text of texts(pieces, length)) {
    batch.push(text);
    if (batch.length === 4000) flush();
  }
  flush();
  return done;
}

/** The same on each text by itself, at the end of a window of a whole number of blocks, and cut in two at every byte. */
export async function compareCuts({ entries, pieces }: ShortTexts, length: number): Promise<Comparison> {
  const both = await engines(entries);
  const done: Comparison = { bytes: 0, matches: 0, differences: [] };
  for (const text of texts(pieces, length)) {
    const bytes = Buffer.from(text);
    const window = Buffer.alloc(Math.ceil(bytes.length / 64) * 64, ' ');
    window.set(bytes, window.length - bytes.length);
    const expected = places(both.reference, window);
    done.bytes += window.length;
    done.matches += expected.size;
    for (const [name, engine] of Object.entries(both)) {
      for (let cut = window.length - bytes.length; cut <= window.length; cut++) {
        const found = new Set([
          ...places(engine, window, 0, cut),
          ...places(engine, window, cut, window.length),
        ]);
        if (differing(expected, found).length > 0)
          done.differences.push(
            `${name} in ${JSON.stringify(text)} cut at ${cut - window.length + bytes.length}`,
          );
      }
    }
  }
  return done;
}

function of(
  entries: readonly (readonly [Entry['kind'], string])[],
  pieces: string,
  ...more: string[]
): ShortTexts {
  return {
    entries: entries.map(([kind, value]) => ({ kind, value })),
    pieces: [...pieces.split(' '), ...more],
  };
}

function* texts(pieces: readonly string[], length: number, before = ''): Generator<string> {
  for (const piece of pieces) {
    yield before + piece;
    if (length > 1) yield* texts(pieces, length - 1, before + piece);
  }
}

async function engines(entries: readonly Entry[]): Promise<{ reference: Engine; kernel: Engine }> {
  const index = openIndex(buildIndex(entries).bytes);
  const shared = await shareIndex(index, 1);
  return { reference: openReferenceEngine(index), kernel: await openKernelEngine(index, shared, 0) };
}

function differing(a: Set<string>, b: Set<string>): string[] {
  return [...[...a].filter((one) => !b.has(one)), ...[...b].filter((one) => !a.has(one))];
}

function places(engine: Engine, window: Uint8Array, from = 0, to = window.length): Set<string> {
  return new Set(engine.find(window, from, to).map(({ start, end, entry }) => `${start} ${end} ${entry}`));
}
