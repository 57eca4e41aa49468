import { readFile } from 'node:fs/promises';
import { EntenteError } from '../../base/index.ts';
import { call } from '../../exchange/index.ts';
import type { Command } from '../command.ts';
import { printable } from '../terminal.ts';

/** As many as the service takes in one call. */
const BATCH = 500;
const FILE_BYTES_MAX = 16 * 1024 * 1024;

interface Answered {
  readonly answers: readonly {
    readonly asked: string;
    readonly label: string;
    readonly says: string;
    readonly isNot: string;
    readonly next: readonly string[];
    readonly why: readonly {
      readonly name: string;
      readonly contributor: string;
      readonly since: string;
      readonly confidence: number | null;
    }[];
    readonly related: readonly { readonly type: string; readonly title: string }[];
    readonly validUntil: string;
  }[];
  readonly quota: { readonly path: string; readonly left: number; readonly until: string };
}

export const command: Command = {
  name: 'free look-up',
  usage: 'FILE --url URL --token-file FILE [--lang LANG] [--json]',
  details: `
FILE has one hash, address, domain or URL a line. Each answer begins with label, value and what the label means and does not mean; of what is known follow why, what is related, what to
do next, and until when it holds. Answers that came before a quota was used up are printed.`,
  options: {
    url: { type: 'string', value: 'URL', help: 'address of the service, https://company.example' },
    'token-file': { type: 'string', value: 'FILE', help: 'file with the token of your agency' },
    lang: { type: 'string', value: 'LANG', help: 'ar, en (default), fr, es' },
  },
  async run(invocation, terminal) {
    const [path] = invocation.positionals;
    if (!path) throw new EntenteError('usage', 'name the file of values');
    const language = invocation.string('lang') ?? 'en';
    if (!['ar', 'en', 'fr', 'es'].includes(language))
      throw new EntenteError('usage', 'a language is one of ar, en, fr, es');
    const base = invocation.required('url');
    if (!URL.canParse(base)) throw new EntenteError('usage', `"${base.slice(0, 80)}" is no address`);
    const token = (await read(invocation.required('token-file'))).trim();
    const values = (await read(path))
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'));
    if (values.length === 0) throw new EntenteError('usage', `${path} has no values; write one a line`);
    const progress = terminal.progress('looking up', { total: values.length, unit: 'items' });
    let quota: Answered['quota'] | null = null;
    try {
      for (let i = 0; i < values.length; i += BATCH) {
        const answered = await ask(base, token, language, values.slice(i, i + BATCH));
        quota = answered.quota;
        for (const answer of answered.answers)
          if (invocation.json) terminal.out(JSON.stringify(answer));
          else for (const line of linesOf(answer)) terminal.out(printable(line));
        progress.update(Math.min(values.length, i + BATCH));
      }
    } finally {
      progress.end();
    }
    if (quota) terminal.note(`${quota.left} values left until ${quota.until} (${quota.path})`);
    return 0;
  },
};

function linesOf({
  asked,
  label,
  says,
  isNot,
  next,
  why,
  related,
  validUntil,
}: Answered['answers'][number]): string[] {
  const first = `${label.padEnd(14)}  ${asked}  ${says} ${isNot}`;
  if (label === 'never-seen') return [first];
  return [
    first,
    ...why.map(
      ({ name, contributor, since, confidence }) =>
        `    ${name}, ${contributor}, since ${since}${confidence === null ? '' : `, confidence ${confidence}`}`,
    ),
    ...related.map(({ type, title }) => `    → ${type} ${title}`),
    ...next.map((one) => `    ${one}`),
    `    valid until ${validUntil}`,
  ];
}

async function ask(
  base: string,
  token: string,
  language: string,
  values: readonly string[],
): Promise<Answered> {
  const answer = await call(new URL(`/api/v1/free/look-ups?lang=${language}`, base).href, {
    method: 'POST',
    contentType: 'application/json',
    authorization: `Bearer ${token}`,
    body: JSON.stringify({ values }),
  });
  const body = answer.json() as Partial<Answered> & { detail?: unknown };
  if (answer.status === 200 && Array.isArray(body?.answers) && body.quota) return body as Answered;
  const why = typeof body?.detail === 'string' ? body.detail.slice(0, 500) : `it answered ${answer.status}`;
  throw new EntenteError(
    answer.status === 429 ? 'quota-used' : answer.status === 401 ? 'unauthenticated' : 'peer-nonsense',
    `the service refuses: ${why}`,
  );
}

async function read(path: string): Promise<string> {
  const bytes = await readFile(path).catch((cause) => {
    throw new EntenteError('file-unreadable', `${path} cannot be read`, { where: path, cause });
  });
  if (bytes.length > FILE_BYTES_MAX)
    throw new EntenteError('input-limit', `${path} is larger than ${FILE_BYTES_MAX} bytes`, { where: path });
  return bytes.toString().replace(/^\ufeff/, '');
}
