/** Agreements as files: signed ones, and drafts as commented YAML or JSON. */
import { readFile } from 'node:fs/promises';
import {
  type Agreement,
  bindText,
  decodeSignedAgreement,
  parseAgreement,
  parseDraft,
  parseSignedAgreement,
  type SignedAgreement,
} from '../agreement/index.ts';

/** A signed file, or a draft without signatures. */
export async function readAgreementFile(path: string): Promise<SignedAgreement> {
  const bytes = await readFile(path);
  const text = bytes.toString('utf8');
  if (/^\s*\{\s*"agreement"/.test(text)) return decodeSignedAgreement(bytes, path);
  const draft = parseDraft(text, path);
  if ('agreement' in draft && 'signatures' in draft) return parseSignedAgreement(draft, path);
  return { agreement: parseAgreement(bindText(draft), path), signatures: [] };
}

/** The document of an agreement named by a file. */
export async function readAgreementDocument(path: string): Promise<Agreement> {
  return (await readAgreementFile(path)).agreement;
}
