/**
 * What may be attached to a request: text, tables, JSON, PNG, JPEG and PDF that do nothing when they are opened. Everything else is refused,
 * and the error says what was found: a reader of requests opens attachments, often in a hurry. Nothing is defused: a document that was
 * changed on the way would be another document. What is active and needed goes as an exhibit, which nobody opens by accident.
 */
import { inflateSync } from 'node:zlib';
import { decodeUtf8Strict, EntenteError } from '../../base/index.ts';

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Programs, scripts and containers that say themselves what they are. */
const KNOWN: readonly (readonly [string, readonly number[]])[] = [
  ['a Windows program', [0x4d, 0x5a]],
  ['a Linux program', [0x7f, 0x45, 0x4c, 0x46]],
  ['a macOS program', [0xcf, 0xfa, 0xed, 0xfe]],
  ['a macOS program or Java class', [0xca, 0xfe, 0xba, 0xbe]],
  ['an Office document of the old kind, or an installer', [0xd0, 0xcf, 0x11, 0xe0]],
  ['an archive or Office document', [0x50, 0x4b]],
  ['an archive', [0x1f, 0x8b]],
  ['an archive', [0x37, 0x7a, 0xbc, 0xaf]],
  ['an archive', [0x52, 0x61, 0x72, 0x21]],
  ['a Windows shortcut', [0x4c, 0x00, 0x00, 0x00]],
  ['a WebAssembly module', [0x00, 0x61, 0x73, 0x6d]],
];

const startsWith = (bytes: Uint8Array, magic: readonly number[]) =>
  magic.every((byte, i) => bytes[i] === byte);

/** The media type, as found. @throws EntenteError `active-content` */
export function passiveType(name: string, bytes: Uint8Array): string {
  const refuse = (what: string) =>
    new EntenteError('active-content', `"${name.slice(0, 200)}" is refused: ${what}`, { where: name });
  if (startsWith(bytes, PNG)) return 'image/png';
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return 'image/jpeg';
  if (startsWith(bytes, [0x25, 0x50, 0x44, 0x46, 0x2d])) {
    const active = activeInPdf(bytes);
    if (active) throw refuse(`a PDF with ${active}`);
    return 'application/pdf';
  }
  const known = KNOWN.find(([, magic]) => startsWith(bytes, magic));
  if (known) throw refuse(`it is ${known[0]}`);
  let text: string;
  try {
    text = decodeUtf8Strict(bytes);
  } catch {
    throw refuse('it is neither text in UTF-8, PNG, JPEG nor PDF');
  }
  if (/[^\P{Cc}\t\n\r\f]/u.test(text)) throw refuse('it is no plain text');
  const active = activeInText(name, text);
  if (active) throw refuse(active);
  if (/\.json$/i.test(name)) return 'application/json';
  return /\.(csv|tsv)$/i.test(name) ? 'text/csv' : 'text/plain';
}

/** Names by which a system would run a text or give it to a program that does. */
const PASSIVE_NAME = /\.(txt|log|csv|tsv|json|md|eml|yar|yara|yml|yaml)$/i;

function activeInText(name: string, text: string): string | null {
  if (!PASSIVE_NAME.test(name))
    return 'text has a name that ends in .txt, .log, .csv, .tsv, .json, .md, .eml, .yar or .yml';
  if (/^\uFEFF?\s*#!/.test(text)) return 'it is a script';
  if (/^\uFEFF?\s*<(!doctype|html|svg|\?xml|script|hta:)/i.test(text))
    return 'it is a page or drawing that can run scripts';
  if (/^\uFEFF?\s*\{\\rtf/i.test(text)) return 'it is an RTF document, which can hold objects';
  // A cell that begins so is a formula to spreadsheets, which can call out (CSV injection). A minus or plus before a number is a number.
  if (
    /\.(csv|tsv)$/i.test(name) &&
    /(?:^|[,;\t\n\r])"?\s*(?:[=@]|[-+](?![\d.,]+"?\s*(?:[,;\t\r\n]|$)))/.test(text)
  )
    return 'a cell begins like a formula; put an apostrophe before it';
  return null;
}

/** Entries by which a PDF acts, embeds or calls (ISO 32000-2 §12.6). */
const PDF_ACTIVE =
  /\/(JavaScript|JS|Launch|OpenAction|AA|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoToR|GoToE|Rendition|Movie|Sound)(?![A-Za-z0-9])/;
/** A stream that unpacks to more is not looked through, and so refused. */
const PDF_STREAM_BYTES_MAX = 8 * 1024 * 1024;
const PDF_STREAMS_MAX = 2_000;
/** The dictionary of a stream stands right before it. */
const PDF_DICTIONARY_CHARS = 500;

/** Objects may stand in compressed streams, and names may be written with `#` and digits: both are read as viewers read them. */
function activeInPdf(bytes: Uint8Array): string | null {
  const raw = Buffer.from(bytes);
  const text = raw.toString('latin1');
  if (/\/Encrypt(?![A-Za-z0-9])/.test(unescapeNames(text)))
    return 'encryption, so that nobody can look into it';
  const found = activeName(text);
  if (found) return found;
  let streams = 0;
  for (const match of text.matchAll(/stream\r?\n/g)) {
    if (text.slice(Math.max(0, match.index - 3), match.index) === 'end') continue;
    const dictionary = text.slice(Math.max(0, match.index - PDF_DICTIONARY_CHARS), match.index);
    const about = unescapeNames(dictionary.slice(dictionary.lastIndexOf('endobj') + 1));
    if (
      /\/ObjStm/.test(about) &&
      /\/(Predictor|LZWDecode|ASCII85Decode|ASCIIHexDecode|RunLengthDecode)/.test(about)
    )
      return 'objects in a form that is not looked through';
    if (++streams > PDF_STREAMS_MAX)
      return `more than ${PDF_STREAMS_MAX} streams, which is more than is looked through`;
    const start = match.index + match[0].length;
    if ((raw[start]! & 0x0f) !== 8) continue; // no zlib header: images and fonts hold no objects
    try {
      const inflated = inflateSync(raw.subarray(start), {
        maxOutputLength: PDF_STREAM_BYTES_MAX,
        finishFlush: 2,
      });
      const inside = activeName(inflated.toString('latin1'));
      if (inside) return inside;
    } catch (error) {
      if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE')
        return 'a stream too large to be looked through';
    }
  }
  return null;
}

const unescapeNames = (text: string) =>
  text.replace(/#([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

function activeName(text: string): string | null {
  const name = PDF_ACTIVE.exec(unescapeNames(text))?.[1];
  return name ? `/${name}` : null;
}
