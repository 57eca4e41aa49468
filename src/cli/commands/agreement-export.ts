import { exportHtml, exportIep, exportOdrl, exportStixMarkings } from '../../agreement/exports/index.ts';
import { encodeSignedAgreement, LANGUAGES, type Language, verifyAgreement } from '../../agreement/index.ts';
import { EntenteError } from '../../base/index.ts';
import { findAgreement } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

const FORMATS = ['signed', 'iep', 'odrl', 'stix', 'html'] as const;

export const command: Command = {
  name: 'agreement export',
  usage: `ID --format ${FORMATS.join('|')} [--language ${LANGUAGES.join('|')}]`,
  details: 'The document goes to standard output; what the form cannot express is named on standard error.',
  options: {
    format: { type: 'string', value: 'FORMAT', help: FORMATS.join(', ') },
    language: {
      type: 'string',
      value: 'LANGUAGE',
      help: `of the page: ${LANGUAGES.join(', ')} (default en)`,
    },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const id = invocation.positionals[0];
      if (!id) throw new EntenteError('usage', 'name the agreement');
      const { verified, next } = await findAgreement(registry.db, id, registry.clock().toISOString());
      const { agreement } = verified;
      const format = invocation.required('format');
      const language = (invocation.string('language') ?? 'en') as Language;
      if (!LANGUAGES.includes(language))
        throw new EntenteError('usage', `--language takes one of ${LANGUAGES.join(', ')}`);
      if (format === 'signed') {
        // A version that still waits for signatures is the one to carry somewhere.
        terminal.out(encodeSignedAgreement(next ?? verified).trimEnd());
        return 0;
      }
      const { document, notExpressed } =
        format === 'iep'
          ? exportIep(agreement)
          : format === 'odrl'
            ? exportOdrl(agreement)
            : format === 'stix'
              ? exportStixMarkings(agreement)
              : format === 'html'
                ? exportHtml(agreement, language, await verifyAgreement(verified))
                : unknownFormat(format);
      if (invocation.json) terminal.out(JSON.stringify({ format, document, notExpressed }));
      else {
        terminal.out(typeof document === 'string' ? document : JSON.stringify(document, null, 2));
        for (const words of notExpressed) terminal.note(`not expressed: ${words}`);
      }
      return 0;
    }),
};

function unknownFormat(format: string): never {
  throw new EntenteError('usage', `--format takes one of ${FORMATS.join(', ')}, not "${format}"`);
}
