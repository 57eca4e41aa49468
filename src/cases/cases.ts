/** Cases: what exhibits, runs and findings belong to. */
import { EntenteError, newId } from '../base/index.ts';
import { appendLeaf, type Registry } from '../registry/index.ts';

export interface Case {
  readonly id: string;
  readonly name: string;
  readonly openedAt: string;
  /** What is added is encrypted at rest; not there in a case where that is left to each exhibit. */
  readonly encrypted?: true;
}

const NAME_LENGTH_MAX = 200;

export async function openCase(
  registry: Registry,
  name: string,
  options: { readonly encrypted?: boolean } = {},
): Promise<Case> {
  const trimmed = name.trim();
  if (trimmed === '' || trimmed.length > NAME_LENGTH_MAX) {
    throw new EntenteError('usage', `a case needs a name of 1 to ${NAME_LENGTH_MAX} characters`);
  }
  const opened: Case = {
    id: newId('case'),
    name: trimmed,
    openedAt: registry.clock().toISOString(),
    ...(options.encrypted ? { encrypted: true } : {}),
  };
  await registry.db.transaction(async (tx) => {
    if (await tx.get('SELECT 1 FROM case_file WHERE name = ?', trimmed)) {
      throw new EntenteError(
        'conflict',
        `there is a case called "${trimmed}" already; people would take one for the other`,
      );
    }
    await tx.run(
      'INSERT INTO case_file (id, name, opened_at, encrypted) VALUES (?, ?, ?, ?)',
      opened.id,
      opened.name,
      opened.openedAt,
      opened.encrypted ? 1 : 0,
    );
    await appendLeaf(tx, registry.clock, 'case-opened', opened);
  });
  return opened;
}

export async function listCases(registry: Registry): Promise<Case[]> {
  const rows = await registry.db.all<{ id: string; name: string; opened_at: string; encrypted: number }>(
    'SELECT id, name, opened_at, encrypted FROM case_file ORDER BY opened_at, id',
  );
  return rows.map(({ id, name, opened_at, encrypted }) => ({
    id,
    name,
    openedAt: opened_at,
    ...(encrypted ? { encrypted: true } : {}),
  }));
}

/** By identifier or by name as a person types it. @throws EntenteError `not-found`, `usage` when several fit */
export async function requireCase(registry: Registry, asked: string): Promise<Case> {
  const fits = (await listCases(registry)).filter((file) => file.id === asked || file.name === asked);
  if (fits.length === 1) return fits[0]!;
  if (fits.length === 0) throw new EntenteError('not-found', `there is no case "${asked.slice(0, 100)}"`);
  throw new EntenteError(
    'usage',
    `several cases are called "${asked.slice(0, 100)}"; name one by its identifier`,
  );
}
