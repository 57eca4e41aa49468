/** One node and its service accounts, for tests that speak TAXII over HTTP as a tool of the organisation would. */
import type { TestContext } from 'node:test';
import { addAccount, addCollection, type Grant, type Right } from '../../src/exchange/index.ts';
import { startTestNode, type TestNode, type TestTime } from '../two-nodes.ts';

export const MEDIA = 'application/taxii+json;version=2.1';

export interface TaxiiAnswer {
  readonly status: number;
  readonly type: string | null;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
  readonly json: any;
}

export interface Tool {
  readonly username: string;
  readonly password: string;
  get(path: string, headers?: Record<string, string>): Promise<TaxiiAnswer>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<TaxiiAnswer>;
  delete(path: string): Promise<TaxiiAnswer>;
}

export interface TaxiiNode extends TestNode {
  readonly time: TestTime;
  tool(name: string, rights: Readonly<Record<string, Right>>): Promise<Tool>;
}

export async function taxiiNode(context: TestContext, ...aliases: readonly string[]): Promise<TaxiiNode> {
  const time: TestTime = { now: new Date('2026-12-01T08:00:00Z') };
  const node = await startTestNode(context, 'Northlight Security', time);
  for (const alias of aliases) await addCollection(node.registry, { alias, title: `Collection ${alias}` });
  return {
    ...node,
    time,
    async tool(name, rights) {
      const grants: Grant[] = Object.entries(rights).map(([collection, right]) => ({ collection, right }));
      return toolOf(node.url, await addAccount(node.registry, name, grants));
    },
  };
}

export function toolOf(url: string, { username, password }: { username: string; password: string }): Tool {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const ask = async (method: string, path: string, headers: Record<string, string>, body?: string) => {
    const answer = await fetch(url + encodeURI(path), {
      method,
      headers: { accept: MEDIA, authorization, ...headers },
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    return {
      status: answer.status,
      type: answer.headers.get('content-type'),
      headers: answer.headers,
      text,
      json: text === '' ? null : JSON.parse(text),
    };
  };
  return {
    username,
    password,
    get: (path, headers = {}) => ask('GET', path, headers),
    post: (path, body, headers = {}) =>
      ask(
        'POST',
        path,
        { 'content-type': MEDIA, ...headers },
        typeof body === 'string' ? body : JSON.stringify(body),
      ),
    delete: (path) => ask('DELETE', path, {}),
  };
}
