/** A running node: HTTP, and the work that goes on beside it. */
import type { AddressInfo } from 'node:net';
import { isEntenteError } from '../base/index.ts';
import { pushMessages, recallNarrowedCopies } from '../exchange/index.ts';
import type { Registry } from '../registry/index.ts';
import { buildApp } from './app.ts';

/** How often waiting messages are offered to their peers again. */
const PUSH_INTERVAL_MS = 5_000;

/** Where the node was last started, for links that are made while it runs. */
const ADDRESS = 'address';

export async function lastAddress(registry: Registry): Promise<string | undefined> {
  return (await registry.db.get<{ value: string }>('SELECT value FROM meta WHERE key = ?', ADDRESS))?.value;
}

export interface RunningNode {
  readonly url: string;
  /** Resolves when requests under way are answered and the store is closed. */
  stop(): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Whether the workspace is built when it is first asked for and is not there. */
  readonly buildsWorkspace?: boolean;
}

/** @throws the system's error `EADDRINUSE` when the port is taken */
export async function startNode(registry: Registry, options: ListenOptions): Promise<RunningNode> {
  const app = await buildApp(registry, { builds: options.buildsWorkspace === true });
  await app.listen({ host: options.host, port: options.port });
  const { port } = app.server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;

  const url = `http://${host}:${port}`;
  await registry.db.transaction((tx) =>
    tx.run(
      'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      ADDRESS,
      url,
    ),
  );

  let pushing: Promise<unknown> = Promise.resolve();
  let idle = true;
  const timer = setInterval(() => {
    if (!idle) return; // a slow peer must not pile up rounds
    idle = false;
    pushing = recallNarrowedCopies(registry)
      .then(() => pushMessages(registry))
      .catch((error) => {
        if (!isEntenteError(error)) throw error;
        console.error(`messages wait: ${error.message}`);
      })
      .finally(() => {
        idle = true;
      });
  }, PUSH_INTERVAL_MS);

  return {
    url,
    async stop() {
      clearInterval(timer);
      await app.close();
      await pushing;
      await registry.close();
    },
  };
}
