/**
 * Finds what is left where credentials were stolen from browsers: stores of browsers outside their place or copied together, lists as thieves
 * write them (address, user, password), cookies in the form of cookies.txt, keys of the stores. Reads every file line by line, so a memory image or an
 * unpacked archive costs no more memory than a small file.
 *
 * Passwords, cookies and keys themselves are never put out: a finding says which site and where in the evidence.
 */
import { baseName, create, files, Lines, name, quoted, writeText } from '../entente';

/** Findings of one kind in one file that are listed; the summary counts all. */
const LISTED_MAX: i32 = 1000;

let out: i32 = 0;
const total = new Map<string, i32>();
let inFile = new Map<string, i32>();

function found(path: string, offset: i64, kind: string, what: string): void {
  total.set(kind, (total.has(kind) ? total.get(kind) : 0) + 1);
  const seen = inFile.has(kind) ? inFile.get(kind) : 0;
  inFile.set(kind, seen + 1);
  if (seen >= LISTED_MAX) return;
  writeText(
    out,
    '{"file":' +
      quoted(path) +
      ',"offset":' +
      offset.toString() +
      ',"kind":' +
      quoted(kind) +
      ',"what":' +
      quoted(what) +
      '}\n',
  );
}

/** `https://user@shop.example:8443/a` → `shop.example`; empty when there is no host. */
function hostOf(url: string): string {
  const scheme = url.indexOf('://');
  if (scheme < 1) return '';
  let rest = url.substring(scheme + 3);
  for (let i = 0; i < rest.length; i++) {
    const code = rest.charCodeAt(i);
    if (code == 0x2f || code == 0x3f || code == 0x23 || code <= 0x20) {
      rest = rest.substring(0, i);
      break;
    }
  }
  rest = rest.substring(rest.lastIndexOf('@') + 1);
  const port = rest.indexOf(':');
  return port < 0 ? rest : rest.substring(0, port);
}

/** What follows `URL:` and the like at the beginning of a line; empty when the line begins otherwise. */
function afterLabel(lower: string, line: string, labels: string[]): string {
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (!lower.startsWith(label)) continue;
    const rest = line.substring(label.length).trimStart();
    if (rest.startsWith(':') || rest.startsWith('=')) return rest.substring(1).trim();
  }
  return '';
}

const URLS: string[] = ['url', 'host', 'site', 'origin'];
const USERS: string[] = ['username', 'user', 'login', 'usr'];
const PASSWORDS: string[] = ['password', 'pass', 'pwd'];

/** Domain, TRUE or FALSE, path, TRUE or FALSE, time, name, value, with tabs between them. */
function cookieDomain(line: string): string {
  const fields = line.split('\t');
  if (fields.length != 7) return '';
  const flags = (fields[1] == 'TRUE' || fields[1] == 'FALSE') && (fields[3] == 'TRUE' || fields[3] == 'FALSE');
  return flags && fields[2].startsWith('/') ? fields[0] : '';
}

/** Files of browsers by name, and where their own place is. */
function storeOf(path: string): string {
  const base = baseName(path).toLowerCase();
  if (base == 'login data' || base == 'login data for account') return 'passwords of a Chromium browser';
  if (base == 'logins.json') return 'passwords of Firefox';
  if (base == 'key4.db') return 'the key of Firefox passwords';
  if (base == 'web data') return 'cards and forms of a Chromium browser';
  if (base == 'cookies' || base == 'cookies.sqlite') return 'cookies of a browser';
  return '';
}

/** In the profile of a browser, where it belongs; anything else is a copy. */
function isInPlace(path: string): bool {
  const lower = path.toLowerCase();
  return (
    lower.includes('/user data/') ||
    lower.includes('/firefox/profiles/') ||
    lower.includes('/.mozilla/firefox/') ||
    lower.includes('/.config/') ||
    lower.includes('/application support/')
  );
}

function readFile(file: i32): void {
  const path = name(file);
  inFile = new Map<string, i32>();
  const store = storeOf(path);
  if (store != '') found(path, 0, isInPlace(path) ? 'browser-store' : 'store-copied', store);
  const lines = new Lines(file);
  let host = '';
  let hostAt: i64 = 0;
  let hasUser = false;
  let age = 0;
  while (lines.next()) {
    const line = lines.text();
    const lower = line.toLowerCase();
    if (lower.includes('"encrypted_key"') && lower.includes('os_crypt'))
      found(path, lines.offset, 'store-key', 'the key that opens a Chromium browser’s passwords and cookies');
    if (lower.includes('"encryptedpassword"') && lower.includes('"hostname"'))
      found(path, lines.offset, 'store-content', 'entries of Firefox passwords');
    if (lower.includes('create table logins'))
      found(path, lines.offset, 'store-content', 'the table of a Chromium browser’s passwords');
    const domain = cookieDomain(line);
    if (domain != '') found(path, lines.offset, 'cookie', domain);
    const url = afterLabel(lower, line, URLS);
    if (url != '') {
      host = hostOf(url);
      hostAt = lines.offset;
      hasUser = false;
      age = 0;
    } else if (host != '') {
      // User and password stand within a few lines of the address, or do not belong to it.
      if (++age > 6) host = '';
      else if (afterLabel(lower, line, USERS) != '') hasUser = true;
      else if (afterLabel(lower, line, PASSWORDS) != '') {
        if (hasUser) found(path, hostAt, 'stolen-credential', host);
        host = '';
      }
    }
  }
}

export function run(): i32 {
  out = create('credential-theft.jsonl');
  for (let file = 0; file < files(); file++) readFile(file);
  const kinds = total.keys().sort();
  let counts = '{';
  for (let i = 0; i < kinds.length; i++)
    counts += (i > 0 ? ',' : '') + quoted(kinds[i]) + ':' + total.get(kinds[i]).toString();
  writeText(create('summary.json'), '{"files":' + files().toString() + ',"found":' + counts + '}}\n');
  return 0;
}
