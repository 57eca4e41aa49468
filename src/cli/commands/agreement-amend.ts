import { readFile } from 'node:fs/promises';
import { type Agreement, draftAmendment, parseDraft } from '../../agreement/index.ts';
import { EntenteError } from '../../base/index.ts';
import { saveDraft, showAgreement } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'agreement amend',
  usage: 'ID --changes FILE',
  details: `
FILE is YAML or JSON with the top-level parts that change, each whole: flows, services, term, accountability, parties, text, title. The new version
names the one before by its digest, and counts once every party has signed it with a key the others knew before; until then the present one stays.`,
  options: { changes: { type: 'string', value: 'FILE', help: 'the parts that change, YAML or JSON' } },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const id = invocation.positionals[0];
      if (!id) throw new EntenteError('usage', 'name the agreement');
      const file = invocation.required('changes');
      const changes = parseDraft(await readFile(file, 'utf8'), file);
      const { document } = await showAgreement(registry, id);
      const amendment = draftAmendment(document, changes as Partial<Record<keyof Agreement, unknown>>);
      await saveDraft(registry, amendment);
      if (invocation.json) terminal.out(JSON.stringify({ id, version: amendment.version }));
      else terminal.out(`version ${amendment.version} is drafted; \`entente agreement sign ${id}\` signs it`);
      return 0;
    }),
};
