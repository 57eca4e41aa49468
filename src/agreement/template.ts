/**
 * Drafts: commented YAML (or JSON, which is YAML) with `{{placeholders}}` that a node fills in with keys and dates. The
 * result is a plain agreement; nothing of the template's form is signed.
 */
import { parse } from 'yaml';
import { EntenteError, type Issue } from '../base/index.ts';
import { bindText, encodeBase64Url, keyThumbprint } from './digest.ts';
import { AGREEMENT_BYTES_MAX } from './document.ts';

/** Values by name; `{{a.b}}` is member `b` of `a`. */
export type TemplateValues = Readonly<Record<string, unknown>>;

const PLACEHOLDER = /\{\{\s*([A-Za-z0-9_.-]+)\s*\}\}/g;

/**
 * Fills in a template, computes the digests of its prose and binds it to the clauses. The result still has to go through
 * `parseAgreement`. @throws EntenteError `agreement-invalid` naming every placeholder without a value, or where the text is no YAML
 */
export function fillTemplate(
  template: string,
  values: TemplateValues = {},
  where = 'template',
): Record<string, unknown> {
  const issues: Issue[] = [];
  const filled = fill(parseDraft(template, where), values, '', issues);
  if (issues.length > 0) {
    throw new EntenteError(
      'agreement-invalid',
      `${where}: ${issues.map((issue) => issue.message).join('; ')}`,
      { where, issues },
    );
  }
  return bindText(filled as Record<string, unknown>);
}

/** A draft as written, before placeholders are filled. @throws EntenteError `agreement-invalid`, `input-limit` */
export function parseDraft(text: string, where = 'draft'): Record<string, unknown> {
  if (text.length > AGREEMENT_BYTES_MAX) {
    throw new EntenteError('input-limit', `${where}: more than ${AGREEMENT_BYTES_MAX} characters`, { where });
  }
  let value: unknown;
  try {
    // Core schema: dates stay text. No aliases: they multiply a small text into a large value.
    value = parse(text, { schema: 'core', maxAliasCount: 0, prettyErrors: true, uniqueKeys: true });
  } catch (cause) {
    const message = (cause as Error).message.split('\n')[0];
    throw new EntenteError('agreement-invalid', `${where}: is neither YAML nor JSON: ${message}`, {
      where,
      cause,
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new EntenteError('agreement-invalid', `${where}: is not the text of an agreement`, { where });
  }
  return value as Record<string, unknown>;
}

function fill(value: unknown, values: TemplateValues, path: string, issues: Issue[]): unknown {
  if (typeof value === 'string') return fillText(value, values, path, issues);
  if (Array.isArray(value)) return value.map((item, i) => fill(item, values, `${path}[${i}]`, issues));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [
        name,
        fill(member, values, path === '' ? name : `${path}.${name}`, issues),
      ]),
    );
  }
  return value;
}

/** A text that is one placeholder becomes its value, of whatever type; inside a text it becomes part of it. */
function fillText(text: string, values: TemplateValues, path: string, issues: Issue[]): unknown {
  const look = (name: string): unknown => {
    let value: unknown = values;
    for (const step of name.split('.')) {
      value =
        typeof value === 'object' && value !== null && Object.hasOwn(value, step)
          ? (value as TemplateValues)[step]
          : undefined;
    }
    if (value === undefined) {
      issues.push({ code: 'agreement-invalid', path, message: `no value for {{${name}}} at ${path}` });
    }
    return value;
  };
  const whole = /^\{\{\s*([A-Za-z0-9_.-]+)\s*\}\}$/.exec(text);
  return whole ? look(whole[1]!) : text.replace(PLACEHOLDER, (_, name: string) => String(look(name)));
}

/** Names of the placeholders of a template, in the order of the text. */
export function templatePlaceholders(template: string): string[] {
  return [...new Set([...template.matchAll(PLACEHOLDER)].map((match) => match[1]!))];
}

/** Something of the right form for every placeholder, by its name, so that a text can be checked before it is known who the parties are. */
export function standIns(template: string): TemplateValues {
  const values: Record<string, unknown> = Object.create(null);
  for (const [i, name] of templatePlaceholders(template).entries()) {
    const steps = name.split('.');
    let at = values;
    for (const step of steps.slice(0, -1)) {
      if (typeof at[step] !== 'object') at[step] = Object.create(null);
      at = at[step] as Record<string, unknown>;
    }
    at[steps.at(-1)!] = standIn(name, i);
  }
  return values;
}

function standIn(name: string, n: number): unknown {
  if (name === 'id') return 'agreement--00000000-0000-4000-8000-000000000000';
  if (name === 'from') return '2026-01-01T00:00:00Z';
  if (name === 'until') return '2031-01-01T00:00:00Z';
  if (!/\.(?:node|signatory)$/.test(name)) return name;
  const x = encodeBase64Url(new Uint8Array(32).fill(n + 1)); // two parties never have one key
  return { kty: 'OKP', crv: 'Ed25519', x, kid: keyThumbprint({ x }) };
}
