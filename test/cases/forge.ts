/** What a node that lies can do: change what its own bundle says, and sign it again with its own key. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { encodeManifest, PATHS } from '../../src/cases/bundle/contents.ts';
import { type Registry, signStatement } from '../../src/registry/index.ts';
import { membersOf, writeMembers } from './bundle-members.ts';

/** The files of a bundle by name, to be changed in place. */
export class Papers {
  readonly files: Map<string, Uint8Array>;

  constructor(files: Map<string, Uint8Array>) {
    this.files = files;
  }

  text(name: string): string {
    return Buffer.from(this.files.get(name)!).toString();
  }

  write(name: string, text: string): void {
    this.files.set(name, Buffer.from(text));
  }

  json<T = Record<string, unknown>>(name: string, edit: (value: T) => void): void {
    const value = JSON.parse(this.text(name)) as T;
    edit(value);
    this.write(name, `${canonical(value)}\n`);
  }

  lines<T = Record<string, unknown>>(name: string, edit: (lines: T[]) => T[] | undefined): void {
    const lines = this.text(name)
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as T);
    const edited = edit(lines) ?? lines;
    this.write(name, edited.map((line) => `${canonical(line)}\n`).join(''));
  }
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );

export async function papersOf(bundle: string): Promise<Papers> {
  return new Papers(new Map((await membersOf(bundle)).map(({ name, bytes }) => [name, bytes])));
}

/** Proof files are made again by nobody: those of leaves that are left out go too. Everything else is manifested and signed as it is. */
export async function forge(
  registry: Registry,
  bundle: string,
  out: string,
  edit: (papers: Papers) => void | Promise<void>,
): Promise<Uint8Array> {
  const papers = await papersOf(bundle);
  await edit(papers);
  const digest = (name: string) => createHash('sha256').update(papers.files.get(name)!).digest('hex');
  const manifest = (isIn: (name: string) => boolean) =>
    encodeManifest(new Map([...papers.files.keys()].filter(isIn).map((name) => [name, digest(name)])));
  papers.write(
    PATHS.manifest,
    manifest((name) => name.startsWith('data/')),
  );
  const tags = new Set<string>([PATHS.declaration, PATHS.info, PATHS.manifest, PATHS.page]);
  papers.write(
    PATHS.tagManifest,
    manifest((name) => tags.has(name)),
  );
  const { case: file } = JSON.parse(papers.text(PATHS.case)) as { case: { id: string } };
  const statement = { case: file.id, tagManifest: digest(PATHS.tagManifest), leaves: 0 };
  papers.write(PATHS.signature, await signStatement(registry.identity, 'bundle', statement));
  await writeMembers(
    out,
    [...papers.files].map(([name, bytes]) => ({ name, bytes })),
  );
  return readFileSync(out);
}
