import { readFile } from 'node:fs/promises';
import { instantNs } from '../../agreement/index.ts';
import { TEMPLATES } from '../../agreement/templates/index.ts';
import { EntenteError } from '../../base/index.ts';
import { draftFromTemplate, showAgreement } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'agreement new',
  usage: '--template NAME|FILE --party ID=here --party ID=PEER… [--from TIME] [--until TIME]',
  details: `
There are templates for the three instruments that companies and police bodies conclude; \`agreement new --template NAME --print\` shows one to edit. A template is an agreement as commented YAML or JSON with places to fill in: {{ID.node}} and {{ID.signatory}} become the keys of each
party, {{id}}, {{from}} and {{until}} a new identifier and the term (five years from now when not given). examples/agreements/ has two.
The draft is checked as a whole and kept; nothing is in force until every party has signed.`,
  options: {
    template: {
      type: 'string',
      value: 'NAME|FILE',
      help: `${Object.keys(TEMPLATES).join(', ')}, or a file in YAML or JSON`,
    },
    set: {
      type: 'string',
      multiple: true,
      value: 'NAME=VALUE',
      help: 'another place of the template, e.g. contributor.signatory-name="A. Name"',
    },
    party: {
      type: 'string',
      multiple: true,
      value: 'ID=PEER',
      help: 'who each party of the template is: "here", or a peer',
    },
    from: { type: 'string', value: 'TIME', help: 'first instant in force, RFC 3339' },
    print: { type: 'boolean', help: 'print the template instead of drafting from it' },
    until: { type: 'string', value: 'TIME', help: 'first instant no longer in force' },
    predecessor: { type: 'string', value: 'ID', help: 'the agreement that this one follows' },
  },
  async run(invocation, terminal) {
    if (invocation.flag('print')) {
      const name = invocation.required('template');
      if (!isTemplate(name))
        throw new EntenteError('usage', `templates: ${Object.keys(TEMPLATES).join(', ')}`);
      terminal.out(TEMPLATES[name].trimEnd());
      return 0;
    }
    return withRegistry(invocation, async (registry) => {
      const file = invocation.required('template');
      const text = isTemplate(file) ? TEMPLATES[file] : await readFile(file, 'utf8');
      const agreement = await draftFromTemplate(
        registry,
        text,
        {
          parties: Object.fromEntries(
            invocation.strings('party').map((one) => assignment(one, 'party', 'ID=here or ID=PEER')),
          ),
          settings: Object.fromEntries(
            invocation.strings('set').map((one) => assignment(one, 'set', 'NAME=VALUE')),
          ),
          ...given('from', instantOption(invocation.string('from'), 'from')),
          ...given('until', instantOption(invocation.string('until'), 'until')),
          ...given('predecessor', invocation.string('predecessor')),
        },
        file,
      );
      const { document: _document, ...view } = await showAgreement(registry, agreement.id);
      if (invocation.json) terminal.out(JSON.stringify(view));
      else {
        terminal.out(`${view.title} is drafted: ${view.id}`);
        terminal.out(
          `read it with \`entente agreement show ${view.id} --document\`, then \`entente agreement sign ${view.id}\``,
        );
      }
      return 0;
    });
  },
};

function isTemplate(name: string): name is keyof typeof TEMPLATES {
  return Object.hasOwn(TEMPLATES, name);
}

/** `contributor.signatory-name=A. Name` */
function assignment(text: string, option: string, form: string): [string, string] {
  const split = text.indexOf('=');
  if (split < 1) throw new EntenteError('usage', `--${option} takes ${form}, not "${text}"`);
  return [text.slice(0, split), text.slice(split + 1)];
}

const given = <Name extends string>(name: Name, value: string | undefined) =>
  (value === undefined ? {} : { [name]: value }) as Partial<Record<Name, string>>;

function instantOption(text: string | undefined, name: string): string | undefined {
  if (text !== undefined && instantNs(text) === null)
    throw new EntenteError('usage', `--${name} takes a time like 2026-01-31T00:00:00Z`);
  return text;
}
