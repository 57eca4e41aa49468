/** Realistic logs for measuring: proxy, DNS, mail and Windows events, seeded, with an indicator hidden now and then. */
import { pick, type Random, seededRandom, string } from '../../test/match/generate.ts';

const HEX = '0123456789abcdef';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
  'Microsoft-CryptoAPI/10.0',
  'curl/8.5.0',
];
const TOPS = ['com', 'com', 'com', 'net', 'org', 'io', 'de', 'co.uk', 'info', 'ru'];
const PROGRAMS = [
  'svchost.exe',
  'explorer.exe',
  'chrome.exe',
  'powershell.exe',
  'OUTLOOK.EXE',
  'lsass.exe',
  'msiexec.exe',
];
const FOLDERS = [
  'C:\\Windows\\System32\\',
  'C:\\Program Files\\Google\\Chrome\\Application\\',
  'C:\\Users\\j.doe\\AppData\\Local\\Temp\\',
];

export function randomDomain(random: Random): string {
  const name = string(random, LOWER, 4 + random(9));
  return `${random(2) === 0 ? `${pick(random, ['www', 'cdn', 'api', 'mail', 'static', 'a1'])}.` : ''}${name}.${pick(random, TOPS)}`;
}

export function randomIpv4(random: Random): string {
  return `${1 + random(223)}.${random(256)}.${random(256)}.${random(256)}`;
}

/** Indicators of the mix that feeds have: domains, addresses, digests, URLs, some addresses of mail. */
export function randomIndicator(random: Random): {
  kind: 'domain' | 'ipv4' | 'sha256' | 'md5' | 'url' | 'email';
  value: string;
} {
  const choice = random(20);
  if (choice < 8)
    return { kind: 'domain', value: `${string(random, LOWER, 6 + random(10))}.${pick(random, TOPS)}` };
  if (choice < 13) return { kind: 'ipv4', value: randomIpv4(random) };
  if (choice < 16) return { kind: 'sha256', value: string(random, HEX, 64) };
  if (choice < 17) return { kind: 'md5', value: string(random, HEX, 32) };
  if (choice < 19)
    return {
      kind: 'url',
      value: `http://${randomDomain(random)}/${string(random, LOWER, 6)}/${string(random, HEX, 8)}.php`,
    };
  return { kind: 'email', value: `${string(random, LOWER, 6)}@${randomDomain(random)}` };
}

function logLine(random: Random, second: number, planted: string | null): string {
  const time = new Date(1_750_000_000_000 + second * 1000).toISOString();
  const inside = `10.${random(4)}.${random(256)}.${random(256)}`;
  const host = planted ?? randomDomain(random);
  switch (random(5)) {
    case 0:
      return `${time.slice(0, 19)} ${random(900)} ${inside} TCP_MISS/200 ${random(90000)} GET http://${host}/${string(random, LOWER, 8)}/${string(random, LOWER, 5)}.html?id=${random(1e9)}&s=${string(random, HEX, 16)} - DIRECT/${randomIpv4(random)} text/html "${pick(random, AGENTS)}"`;
    case 1:
      return `${time} dns01 named[${1000 + random(9000)}]: client @0x7f${string(random, HEX, 10)} ${inside}#${random(65536)} (${host}): query: ${host} IN A + (10.0.0.53)`;
    case 2:
      return `${time} mx1 postfix/smtpd[${random(30000)}]: ${string(random, HEX, 10).toUpperCase()}: client=${host}[${randomIpv4(random)}], from=<${string(random, LOWER, 7)}@${randomDomain(random)}>, to=<j.doe@example.org>, proto=ESMTP helo=<${host}>`;
    case 3:
      return `{"TimeCreated":"${time}","EventID":1,"Computer":"WS-${random(4000)}.corp.example.org","Image":"${pick(random, FOLDERS).replaceAll('\\', '\\\\')}${pick(random, PROGRAMS)}","Hashes":"MD5=${string(random, HEX, 32).toUpperCase()},SHA256=${string(random, HEX, 64).toUpperCase()}","ProcessId":${random(30000)},"User":"CORP\\\\j.doe","QueryName":"${host}"}`;
    default:
      return `${time} fw1 kernel: [${random(1e6)}.${random(1e6)}] ACCEPT IN=eth1 OUT=eth0 SRC=${inside} DST=${randomIpv4(random)} LEN=${random(1500)} TOS=0x00 PREC=0x00 TTL=64 ID=${random(65536)} DF PROTO=TCP SPT=${random(65536)} DPT=443 WINDOW=64240 RES=0x00 SYN URGP=0`;
  }
}

/** About `bytes` of log in chunks; one line in `rarity` holds one of `planted`. */
export function* generateLogs(
  seed: number,
  bytes: number,
  planted: readonly string[],
  rarity: number,
): Generator<Buffer> {
  const random = seededRandom(seed);
  let second = 0;
  for (let done = 0; done < bytes; ) {
    const lines: string[] = [];
    for (let i = 0; i < 4000; i++) {
      const hidden = planted.length > 0 && random(rarity) === 0 ? pick(random, planted) : null;
      lines.push(logLine(random, second++ >> 4, hidden));
    }
    const chunk = Buffer.from(`${lines.join('\n')}\n`);
    done += chunk.length;
    yield chunk;
  }
}
