import { writeFile } from 'node:fs/promises';
import { EntenteError } from '../../base/index.ts';
import { LANGUAGES, readFigures, renderReport } from '../../operations/index.ts';
import { operationCommand } from '../operation.ts';

export const command = operationCommand(
  {
    name: 'operation report',
    usage: 'OPERATION --out FILE.html [--language ar|en|fr|es]',
    details: 'Without --out, the figures. They are computed from signed messages; nobody can edit them.',
    options: {
      out: { type: 'string', value: 'FILE', help: 'where to write the page' },
      language: { type: 'string', value: 'LANG', help: `${LANGUAGES.join(', ')} (default en)` },
    },
  },
  async ({ registry, operation, invocation }) => {
    const asked = invocation.string('language') ?? 'en';
    const language = LANGUAGES.find((one) => one === asked);
    if (!language) throw new EntenteError('usage', `a language is one of ${LANGUAGES.join(', ')}`);
    const figures = await readFigures(registry, operation);
    const out = invocation.string('out');
    if (out !== undefined) await writeFile(out, renderReport(figures, language), { mode: 0o600 });
    return {
      value: figures,
      lines: [
        `${figures.targets} targets in ${figures.countries.length} countries; ${figures.waiting} wait for a person`,
        `packages: ${figures.packages.sent} sent, ${figures.packages.received} received, ${figures.packages.read} read`,
        `outcomes: ${
          figures.outcomes
            .filter(({ targets }) => targets > 0)
            .map(({ kind, targets }) => `${kind} ${targets}`)
            .join(', ') || 'none'
        }`,
        ...(out === undefined ? [] : [`${out} is written`]),
      ],
    };
  },
);
