/**
 * The page that verifies a bundle in a browser, offline: a person gives it the file, it runs the same check as `entente verify` and shows
 * what holds. It asks nothing of any server; its content security policy lets it ask nothing.
 *
 * Everything shown of a bundle is put in as text, never as HTML: the bundle is the bringer's.
 */
import { isEntenteError } from '../../../base/index.ts';
import { type BundleVerdict, checkBundle } from '../check.ts';
import { BROWSER_PLATFORM, blobSource } from './browser-platform.ts';
import { isLanguage, type Language, WORDS, type Words } from './words.ts';

const element = (id: string) => document.getElementById(id)!;

let words: Words = WORDS.en;
let shown: { verdict: BundleVerdict | null; unreadable: string | null } | null = null;

function speak(language: Language): void {
  words = WORDS[language];
  document.documentElement.lang = language;
  document.documentElement.dir = language === 'ar' ? 'rtl' : 'ltr';
  document.title = words.title;
  for (const node of document.querySelectorAll<HTMLElement>('[data-word]'))
    node.textContent = String(words[node.dataset['word'] as keyof Words]);
  for (const button of document.querySelectorAll<HTMLElement>('[data-language]'))
    button.setAttribute('aria-pressed', String(button.dataset['language'] === language));
  if (shown) show(shown.verdict, shown.unreadable);
}

async function verify(file: Blob): Promise<BundleVerdict | null> {
  const result = element('result');
  result.replaceChildren(text('p', words.working));
  result.dataset['state'] = 'working';
  const key = (element('key') as HTMLInputElement).value.trim();
  try {
    const verdict = await checkBundle(blobSource(file), BROWSER_PLATFORM, {
      ...(key === '' ? {} : { expectedKey: key }),
      onProgress: (done, total) => {
        (element('progress') as HTMLProgressElement).value = total === 0 ? 0 : done / total;
      },
    });
    show(verdict, null);
    return verdict;
  } catch (error) {
    const message = (error as Error).name === 'NotSupportedError' ? words.tooOld : (error as Error).message;
    if (!isEntenteError(error)) console.error(error);
    show(null, message);
    return null;
  }
}

function show(verdict: BundleVerdict | null, unreadable: string | null): void {
  shown = { verdict, unreadable };
  const result = element('result');
  result.dataset['state'] = verdict === null ? 'unreadable' : verdict.ok ? 'valid' : 'invalid';
  const parts: HTMLElement[] = [];
  if (verdict === null) {
    parts.push(text('h2', words.unreadable), text('p', unreadable ?? ''));
  } else {
    parts.push(text('h2', verdict.ok ? words.valid : words.invalid));
    if (verdict.cause !== null) parts.push(text('p', verdict.cause, 'cause'));
    if (verdict.node) {
      const list = document.createElement('dl');
      const rows = [
        [words.case, verdict.case ?? ''],
        [words.node, verdict.node.name],
        [words.key, verdict.node.kid],
      ];
      for (const [term, value] of rows) list.append(text('dt', term!), text('dd', value!));
      parts.push(list, text('p', words.compareKey));
    }
    parts.push(
      text('h3', words.checks),
      listOf(verdict.checks.map(({ name, count }) => [words.names[name] ?? name, `${count}`])),
    );
    if (verdict.witnesses.length > 0)
      parts.push(
        text('h3', words.witnesses),
        listOf(verdict.witnesses.map(({ name, at, leaves }) => [name, `${at} · ${leaves}`])),
      );
    if (verdict.timestamps.length > 0)
      parts.push(
        text('h3', words.timestamps),
        listOf(verdict.timestamps.map(({ authority, at, leaves }) => [authority, `${at} · ${leaves}`])),
      );
    if (verdict.remarks.length > 0)
      parts.push(text('h3', words.remarks), listOf(verdict.remarks.map((remark) => [remark, ''])));
  }
  result.replaceChildren(...parts);
}

function text(tag: string, content: string, className = ''): HTMLElement {
  const node = document.createElement(tag);
  node.textContent = content;
  node.className = className;
  node.dir = 'auto';
  return node;
}

function listOf(rows: readonly (readonly [string, string])[] | readonly string[][]): HTMLElement {
  const list = document.createElement('ul');
  for (const [name, value] of rows) {
    const item = text('li', name!);
    if (value) item.append(' ', text('span', value, 'count'));
    list.append(item);
  }
  return list;
}

const input = element('file') as HTMLInputElement;
input.addEventListener('change', () => {
  const file = input.files?.[0];
  if (file) void verify(file);
});
document.addEventListener('dragover', (event) => event.preventDefault());
document.addEventListener('drop', (event) => {
  event.preventDefault();
  const file = event.dataTransfer?.files[0];
  if (file) void verify(file);
});
for (const button of document.querySelectorAll<HTMLElement>('[data-language]'))
  button.addEventListener('click', () => speak(button.dataset['language'] as Language));
const preferred = navigator.languages.map((tag) => tag.slice(0, 2)).find(isLanguage);
speak(preferred ?? 'en');

/** For whoever drives the page by a program: the verdict on a blob, null when it is no bundle. */
Object.assign(globalThis, { ententeVerify: verify });
