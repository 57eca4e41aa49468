/** The node that a command works on: `--data`, `ENTENTE_DATA`, or ./entente-data. */
import { resolve } from 'node:path';
import { openRegistry, type Registry } from '../registry/index.ts';
import type { Invocation } from './command.ts';

export function dataFolder(invocation: Invocation): string {
  return resolve(invocation.string('data') ?? process.env['ENTENTE_DATA'] ?? 'entente-data');
}

/** Opens the node's data folder for one command and closes it afterwards, whatever happens. */
export async function withRegistry<T>(
  invocation: Invocation,
  work: (registry: Registry) => Promise<T>,
): Promise<T> {
  const registry = await openRegistry(dataFolder(invocation));
  try {
    return await work(registry);
  } finally {
    await registry.close();
  }
}
