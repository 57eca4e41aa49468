/** Seeded indicators and hostile text around them, for the differential tests and the soak script. */
import type { Entry, Kind } from '../../src/match/index.ts';

export type Random = (below: number) => number;

/** Mulberry32: small, seeded, good enough to vary tests. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
  };
}

export function pick<T>(random: Random, items: readonly T[]): T {
  return items[random(items.length)]!;
}

const HEX = '0123456789abcdef';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const WORDS = [
  'evil',
  'update',
  'cdn',
  'mail',
  'login',
  'x',
  'a-b',
  'secure1',
  'www',
  'host_2',
  'xn--e1afmkfd',
  'win32',
];
const TOPS = ['com', 'org', 'net', 'co.uk', 'ru', 'exe', 'info', 'xn--p1ai', 'zip'];

export function string(random: Random, alphabet: string, length: number): string {
  let text = '';
  for (let i = 0; i < length; i++) text += alphabet[random(alphabet.length)];
  return text;
}

function domain(random: Random): string {
  const labels = [pick(random, WORDS) + (random(3) === 0 ? string(random, LOWER, 3) : '')];
  while (random(3) === 0) labels.push(pick(random, WORDS));
  return `${labels.join('.')}.${pick(random, TOPS)}`;
}

function ipv4(random: Random): string {
  return [random(4) + 9, random(3), random(256), random(256)].join('.');
}

function ipv6(random: Random): string {
  const groups = Array.from({ length: 8 }, () => random(random(2) === 0 ? 2 : 65536).toString(16));
  if (random(2) === 0) return groups.join(':');
  const cut = 1 + random(4);
  return `${groups.slice(0, cut).join(':')}::${groups.slice(cut + 2 + random(2)).join(':')}`;
}

function path(random: Random): string {
  return Array.from({ length: 1 + random(3) }, () =>
    pick(random, ['a', 'gate.php', 'x%7Ey', 'B', 'in,dex', '%2f', 'ü', "q'(1)"]),
  )
    .map((part) => `/${part}`)
    .join('');
}

function url(random: Random): string {
  const host = random(5) === 0 ? ipv4(random) : random(12) === 0 ? `[${ipv6(random)}]` : domain(random);
  const query = random(3) === 0 ? `?id=${random(100)}&u=${pick(random, ['a', 'http://b.org/', '%20'])}` : '';
  return `${pick(random, ['http', 'https', 'ftp', 'hxxps'])}://${host}${pick(random, ['', '', ':80', ':443', ':8080'])}${random(6) === 0 ? '' : path(random)}${query}`;
}

const VALUES: Readonly<Record<string, (random: Random) => string>> = {
  ipv4,
  ipv6,
  cidr: (random) =>
    random(3) === 0 ? `${ipv6(random)}/${16 + random(100)}` : `${ipv4(random)}/${8 + random(24)}`,
  asn: (random) => `AS${random(70000)}`,
  domain: (random) =>
    random(12) === 0
      ? pick(random, ['пример.рф', 'bücher.example', '例え.jp', 'mañana.com'])
      : domain(random),
  url: (random) => {
    const text = url(random);
    return random(6) === 0 ? `${text}*` : random(5) === 0 ? text.replace(/^\w+:\/\//, '') : text;
  },
  email: (random) => `${pick(random, ['bob', 'a.b', "o'brien", 'x+y', 'Bob_1'])}@${domain(random)}`,
  md5: (random) => string(random, HEX, 32),
  sha1: (random) => string(random, HEX, 40),
  sha256: (random) => string(random, HEX, 64),
  sha512: (random) => string(random, HEX, 128),
  'file-name': (random) => `${pick(random, WORDS)}${pick(random, ['.exe', '.dll', ' x.ps1', '.Ä.doc'])}`,
  'file-path': (random) =>
    pick(random, ['C:\\Temp\\', '/var/tmp/', 'C:\\Program Files\\x\\']) +
    pick(random, WORDS) +
    pick(random, ['.exe', '', '\\', '/']),
  'registry-key': (random) =>
    `${pick(random, ['HKLM', 'HKEY_CURRENT_USER', 'HKU'])}\\Software\\${pick(random, WORDS)}${random(10)}`,
  mutex: (random) =>
    `${pick(random, ['Global\\', '', 'Local\\'])}${pick(random, WORDS)}${string(random, LOWER, 4)}`,
  'user-agent': (random) => `Mozilla/5.0 (${pick(random, WORDS)}) ${string(random, LOWER, 5)}`,
  ja3: (random) => string(random, HEX, 32),
  ja4: (random) => `t13d${1000 + random(9000)}h2_${string(random, HEX, 12)}_${string(random, HEX, 12)}`,
  certificate: (random) =>
    string(random, HEX, 40)
      .replace(/(..)(?!$)/g, '$1:')
      .toUpperCase(),
  'coin-address': (random) => {
    // The zero address of Bitcoin's genesis, a Bech32 example (BIP 173), and Ethereum without checksum.
    return pick(random, [
      '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa',
      'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
      `0x${string(random, HEX, 40)}`,
    ]);
  },
  phone: (random) => `+${1 + random(9)}${string(random, '0123456789', 6 + random(8))}`,
  string: (random) =>
    pick(random, ['WCE SERVICE', 'sekurlsa::', '<3 eo.oe', 'ключ', 'abcd']) +
    string(random, LOWER, random(6)),
};

export const GENERATED_KINDS = Object.keys(VALUES) as Kind[];

export function generateEntries(
  random: Random,
  count: number,
  kinds: readonly Kind[] = GENERATED_KINDS,
): Entry[] {
  return Array.from({ length: count }, () => {
    const kind = pick(random, kinds);
    return { kind, value: VALUES[kind]!(random) };
  });
}

const EDGES = [
  ' ',
  ' ',
  ' ',
  '\n',
  '\n',
  '"',
  "'",
  ',',
  ';',
  ':',
  '.',
  '..',
  '-',
  '_',
  '/',
  '//',
  '\\',
  '\\\\',
  '\\n',
  '\\t',
  '\\u003c',
  '%2F',
  '%3d',
  '%20',
  '=',
  '@',
  '(',
  ')',
  '[',
  ']',
  '<',
  '>',
  '|',
  '“',
  '”',
  'é',
  'я',
  '访',
  '。',
  '\u0000',
  '\u00a0',
  'a',
  'Z',
  '0',
  '9',
  '+',
  '00',
  '#',
  '?',
  '!',
  '*',
  '…',
  '://',
  'http://',
  'www.',
  'bob@',
  '.com',
  ':443',
  '::',
  ':',
  '\r\n',
  '\t',
  '\u{1f600}',
  '.in-addr.arpa',
  'src:',
  '\ufeff',
  '%',
  '\ufffd',
];

/** Changes that leave a value the same, make it another, or hide it. */
function disturb(random: Random, value: string): string {
  switch (random(12)) {
    case 0:
      return value.toUpperCase();
    case 1:
      return value.slice(0, random(value.length + 1));
    case 2:
      return value.slice(random(value.length + 1));
    case 3: {
      const at = random(value.length + 1);
      return value.slice(0, at) + pick(random, EDGES) + value.slice(at);
    }
    case 4:
      return value.replaceAll('\\', '\\\\');
    case 5:
      return encodeURIComponent(value.isWellFormed() ? value : 'x');
    case 6:
      return value.replaceAll(':', '');
    case 7:
      return value.replace(/(\d{2})(?=\d)/g, '$1 ');
    default:
      return value;
  }
}

/** Text of about `length` characters, dense with values of `entries` in good and bad company. */
export function generateText(random: Random, entries: readonly Entry[], length: number): string {
  const parts: string[] = [];
  for (let size = 0; size < length; ) {
    const part =
      random(3) === 0
        ? pick(random, EDGES)
        : random(8) === 0
          ? VALUES[pick(random, GENERATED_KINDS)]!(random)
          : random(40) === 0
            ? string(
                random,
                pick(random, [HEX, LOWER, '.a', ':/', 'a:', '0.1', '%2e', 'é.a', '@a.']),
                random(3000),
              )
            : disturb(random, pick(random, entries).value.replace(/\*$/, ''));
    parts.push(part);
    if (random(2) === 0) parts.push(pick(random, EDGES));
    size += part.length;
  }
  return parts.join('');
}
