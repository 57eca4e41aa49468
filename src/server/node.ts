/** A running node: HTTP, and the work that goes on beside it. */
import type { AddressInfo } from 'node:net';
import { isEntenteError } from '../base/index.ts';
import {
  listServers,
  pushMessages,
  recallNarrowedCopies,
  sendInOperation,
  syncPeers,
} from '../exchange/index.ts';
import { remindDue } from '../operations/index.ts';
import { listPeers, type Registry } from '../registry/index.ts';
import { buildApp } from './app.ts';

/** How often waiting messages are offered to their peers again. */
const PUSH_INTERVAL_MS = 5_000;
/** How often silence is looked for; what is asked is counted in days. */
const REMIND_INTERVAL_MS = 10 * 60_000;

/** How often peers and servers are asked for what they have, as by `entente sync`; who cannot wait asks at once. */
const SYNC_INTERVAL_MS = 5 * 60_000;

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

  const pushing = repeat('messages wait', PUSH_INTERVAL_MS, () =>
    recallNarrowedCopies(registry).then(() => pushMessages(registry)),
  );
  const reminding = repeat('reminders wait', REMIND_INTERVAL_MS, () =>
    remindDue(registry, sendInOperation(registry)),
  );
  const synchronising = repeat('the synchronisation waits', SYNC_INTERVAL_MS, synchronise(registry));
  reminding.now(); // a node that is up for an hour a day asks too

  return {
    url,
    async stop() {
      const ended = [pushing.end(), reminding.end(), synchronising.end()];
      await app.close();
      await Promise.all(ended);
      await registry.close();
    },
  };
}

/**
 * A round with every peer and server. What hinders one keeps no other from its turn and does not end the node, whatever it is: what peers and servers send
 * is theirs. It is said when it begins, and not again every few minutes.
 */
export function synchronise(registry: Registry): () => Promise<void> {
  const said = new Map<string, string>();
  return async () => {
    const works = [
      ...(await listPeers(registry.db)).map((peer) => ({
        name: peer.name,
        sync: () => syncPeers(registry, [peer]),
      })),
      ...(await listServers(registry)).map((server) => ({
        name: server.name,
        sync: () => syncPeers(registry, [], [server]),
      })),
    ];
    for (const { name, sync } of works) {
      const hindered = await sync().then(
        ({ failures }) => failures[0]?.error.message ?? null,
        (error: Error) => (isEntenteError(error) ? error.message : (error.stack ?? error.message)),
      );
      if (hindered === null) said.delete(name);
      else if (said.get(name) !== hindered) {
        console.error(`${name}: ${hindered}`);
        said.set(name, hindered);
      }
    }
  };
}

/** Does `work` again and again; a round that takes long is not followed by a pile of others. */
function repeat(failing: string, intervalMs: number, work: () => Promise<unknown>) {
  let round: Promise<unknown> = Promise.resolve();
  let idle = true;
  const now = () => {
    if (!idle) return;
    idle = false;
    round = work()
      .catch((error) => {
        if (!isEntenteError(error)) throw error;
        console.error(`${failing}: ${error.message}`);
      })
      .finally(() => {
        idle = true;
      });
  };
  const timer = setInterval(now, intervalMs);
  return {
    now,
    /** Resolves when the round under way is over. */
    end() {
      clearInterval(timer);
      return round;
    },
  };
}
