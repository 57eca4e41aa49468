/**
 * Triage after ransomware: which files look encrypted, which are ransom notes, and whom the notes name. One line for each file, and a
 * summary. Nothing is decrypted, and nothing is certain: `why` says what was seen.
 *
 * Encrypted: almost every byte value equally often (Shannon entropy of a sample of the beginning, middle and end), and no beginning that a
 * compressed format has. A note: a small text with several of the phrases that such notes have in the languages of the users.
 */
import { baseName, create, files, Lines, name, note, quoted, readInto, size, writeText } from '../entente';

const SAMPLE: i32 = 65536;
/** Below this many bytes entropy says nothing. */
const ENTROPY_BYTES_MIN: i64 = 2048;
/** In thousandths of a bit a byte. Random bytes in a sample of 64 KiB have 7997; text has 4000 to 5500. */
const ENTROPY_ENCRYPTED: i32 = 7800;
const NOTE_BYTES_MAX: i64 = 131072;

const histogram = new StaticArray<i32>(256);
const sample = new Uint8Array(SAMPLE);
let sampled: i32 = 0;

function count(file: i32, offset: i64): void {
  const got = readInto(file, offset, sample.dataStart, SAMPLE);
  for (let i = 0; i < got; i++) unchecked(histogram[sample[i]]++);
  sampled += got;
}

/** Thousandths of a bit a byte. */
function entropy(file: i32, bytes: i64): i32 {
  for (let i = 0; i < 256; i++) unchecked((histogram[i] = 0));
  sampled = 0;
  count(file, 0);
  if (bytes > <i64>SAMPLE * 2) count(file, bytes / 2);
  if (bytes > <i64>SAMPLE * 3) count(file, bytes - SAMPLE);
  let bits: f64 = 0;
  for (let i = 0; i < 256; i++) {
    const n = unchecked(histogram[i]);
    if (n > 0) bits -= (<f64>n / <f64>sampled) * Math.log2(<f64>n / <f64>sampled);
  }
  return <i32>Math.floor(bits * 1000);
}

/** Beginnings of formats that are dense without being encrypted. */
function compressedFormat(file: i32): string {
  const head = new Uint8Array(16);
  const got = readInto(file, 0, head.dataStart, 16);
  if (got < 8) return '';
  const first = (<u32>head[0] << 24) | (<u32>head[1] << 16) | (<u32>head[2] << 8) | <u32>head[3];
  if (first == 0x504b0304) return 'ZIP';
  if (first >>> 16 == 0x1f8b) return 'gzip';
  if (first >>> 8 == 0xffd8ff) return 'JPEG';
  if (first == 0x89504e47) return 'PNG';
  if (first == 0x25504446) return 'PDF';
  if (first == 0x377abcaf) return '7z';
  if (first == 0x52617221) return 'RAR';
  if (first == 0xfd377a58) return 'xz';
  if (first == 0x28b52ffd) return 'zstd';
  if (first >>> 8 == 0x425a68) return 'bzip2';
  if (first == 0x4f676753) return 'Ogg';
  if (first >>> 8 == 0x494433) return 'MP3';
  if (head[4] == 0x66 && head[5] == 0x74 && head[6] == 0x79 && head[7] == 0x70) return 'MP4';
  return '';
}

/** Several of these together make a note; one alone is in every letter about computers. */
const PHRASES: string[] = [
  'files are encrypted',
  'files have been encrypted',
  'files were encrypted',
  'encrypted your files',
  'decrypt',
  'recover your',
  'restore your',
  'ransom',
  'bitcoin',
  'monero',
  'pay ',
  'payment',
  'tor browser',
  '.onion',
  'do not rename',
  'will be published',
  'fichiers ont été chiffrés',
  'fichiers sont chiffrés',
  'rançon',
  'archivos han sido cifrados',
  'archivos están cifrados',
  'rescate',
  'تم تشفير',
  'فدية',
];
const PHRASES_MIN: i32 = 2;

class Note {
  phrases: string[] = [];
  contacts: string[] = [];
}

function isContactPart(code: i32): bool {
  return (
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x61 && code <= 0x7a) ||
    code == 0x2e ||
    code == 0x2d ||
    code == 0x5f ||
    code == 0x2b ||
    code == 0x40
  );
}

/** Mail addresses, onion services and long words that look like addresses of coins. */
function contactsOf(line: string, into: string[]): void {
  let start = 0;
  for (let i = 0; i <= line.length; i++) {
    if (i < line.length && isContactPart(line.charCodeAt(i))) continue;
    let word = line.substring(start, i);
    start = i + 1;
    while (word.endsWith('.')) word = word.substring(0, word.length - 1);
    const at = word.indexOf('@');
    const isMail = at > 0 && word.indexOf('.', at) > at + 1 && word.lastIndexOf('@') == at;
    const isOnion = word.endsWith('.onion') && word.length > 20;
    const isCoin =
      word.length >= 20 &&
      word.length <= 100 &&
      !word.includes('.') &&
      !word.includes('@') &&
      (word.startsWith('bc1') ||
        word.startsWith('toy1') ||
        word.startsWith('1') ||
        word.startsWith('3') ||
        word.startsWith('4'));
    if ((isMail || isOnion || isCoin) && !into.includes(word) && into.length < 100) into.push(word);
  }
}

function readNote(file: i32): Note {
  const found = new Note();
  const lines = new Lines(file);
  while (lines.next()) {
    const line = lines.text();
    const lower = line.toLowerCase();
    for (let i = 0; i < PHRASES.length; i++)
      if (lower.includes(PHRASES[i]) && !found.phrases.includes(PHRASES[i])) found.phrases.push(PHRASES[i]);
    contactsOf(line, found.contacts);
  }
  return found;
}

function list(words: string[]): string {
  let out = '[';
  for (let i = 0; i < words.length; i++) out += (i > 0 ? ',' : '') + quoted(words[i]);
  return out + ']';
}

/** `.docx.locked42`: an ending put behind another one. */
function addedEnding(path: string): string {
  const base = baseName(path);
  const last = base.lastIndexOf('.');
  if (last <= 0) return '';
  const before = base.lastIndexOf('.', last - 1);
  return before > 0 && last - before <= 6 ? base.substring(last) : '';
}

export function run(): i32 {
  const out = create('triage.jsonl');
  const endings = new Map<string, i32>();
  let encrypted = 0;
  let notes = 0;
  let unreadable = 0;
  for (let file = 0; file < files(); file++) {
    const path = name(file);
    const bytes = size(file);
    let kind = 'other';
    const why: string[] = [];
    let contacts: string[] = [];
    const dense = bytes >= ENTROPY_BYTES_MIN ? entropy(file, bytes) : 0;
    const format = compressedFormat(file);
    if (bytes > 0 && bytes >= ENTROPY_BYTES_MIN && sampled == 0) {
      unreadable++;
      note(path + ' cannot be read');
    }
    const ending = addedEnding(path);
    if (dense >= ENTROPY_ENCRYPTED) {
      if (format == '') {
        kind = 'encrypted';
        why.push('its bytes look random');
      } else {
        kind = 'compressed';
        why.push('its beginning is that of ' + format);
      }
    } else if (bytes <= NOTE_BYTES_MAX) {
      const found = readNote(file);
      if (found.phrases.length >= PHRASES_MIN) {
        kind = 'note';
        for (let i = 0; i < found.phrases.length; i++) why.push('it says: ' + found.phrases[i].trim());
        contacts = found.contacts;
      }
    }
    if (ending != '' && kind == 'encrypted') {
      why.push('an ending was put behind its own: ' + ending);
      endings.set(ending, (endings.has(ending) ? endings.get(ending) : 0) + 1);
    }
    if (kind == 'encrypted') encrypted++;
    if (kind == 'note') notes++;
    writeText(
      out,
      '{"file":' +
        quoted(path) +
        ',"sizeBytes":' +
        bytes.toString() +
        ',"entropyMilliBits":' +
        dense.toString() +
        ',"kind":' +
        quoted(kind) +
        ',"why":' +
        list(why) +
        ',"contacts":' +
        list(contacts) +
        '}\n',
    );
  }
  let added = '{';
  const keys = endings.keys().sort();
  for (let i = 0; i < keys.length; i++)
    added += (i > 0 ? ',' : '') + quoted(keys[i]) + ':' + endings.get(keys[i]).toString();
  writeText(
    create('summary.json'),
    '{"files":' +
      files().toString() +
      ',"encrypted":' +
      encrypted.toString() +
      ',"notes":' +
      notes.toString() +
      ',"unreadable":' +
      unreadable.toString() +
      ',"endings":' +
      added +
      '}}\n',
  );
  return 0;
}
