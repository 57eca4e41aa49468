import { readFile } from 'node:fs/promises';
import { fillTemplate, instantNs, parseAgreement } from '../../agreement/index.ts';
import { TEMPLATES } from '../../agreement/templates/index.ts';
import { EntenteError, newId } from '../../base/index.ts';
import {
  type PublicJwk,
  type Registry,
  requirePeer,
  saveDraft,
  showAgreement,
  thumbprint,
} from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'agreement new',
  summary: 'draft an agreement from a template',
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
      const now = registry.clock();
      const from = instantOption(invocation.string('from'), 'from') ?? now.toISOString();
      const until = instantOption(invocation.string('until'), 'until') ?? yearsLater(from, 5);
      const values: Record<string, unknown> = { id: newId('agreement'), from, until };
      for (const assignment of invocation.strings('party')) {
        const split = assignment.indexOf('=');
        if (split < 1)
          throw new EntenteError('usage', `--party takes ID=here or ID=PEER, not "${assignment}"`);
        values[assignment.slice(0, split)] = await keysOf(registry, assignment.slice(split + 1));
      }
      for (const setting of invocation.strings('set')) setValue(values, setting);
      const draft = fillTemplate(text, values, file);
      const predecessor = invocation.string('predecessor');
      if (predecessor !== undefined) await assertPredecessor(registry, draft, predecessor);
      const agreement = parseAgreement(draft, file);
      await saveDraft(registry, agreement);
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
function setValue(values: Record<string, unknown>, setting: string): void {
  const match = /^([\w-]+)(?:\.([\w-]+))?=(.*)$/s.exec(setting);
  if (!match) throw new EntenteError('usage', `--set takes NAME=VALUE, not "${setting}"`);
  const [, name, member, value] = match as unknown as [string, string, string | undefined, string];
  if (member === undefined) values[name] = value;
  else values[name] = { ...(values[name] as Record<string, unknown> | undefined), [member]: value };
}

async function keysOf(registry: Registry, who: string): Promise<Record<string, unknown>> {
  const key = (jwk: PublicJwk) => ({ kty: jwk.kty, crv: jwk.crv, x: jwk.x, kid: thumbprint(jwk) });
  if (who === 'here')
    return {
      name: registry.name,
      node: key(registry.identity.publicJwk),
      signatory: key(registry.signatory.publicJwk),
    };
  const peer = await requirePeer(registry.db, who);
  return { name: peer.name, node: key(peer.jwk), signatory: key(peer.signatoryJwk) };
}

/** A predecessor is named by the template; what was asked for must be what it names, and must be here. */
async function assertPredecessor(
  registry: Registry,
  draft: Record<string, unknown>,
  id: string,
): Promise<void> {
  const named = (draft['predecessor'] as { agreement?: unknown } | undefined)?.agreement;
  if (named !== id)
    throw new EntenteError('conflict', `the template names ${String(named ?? 'no predecessor')}, not ${id}`);
  await showAgreement(registry, id);
}

function instantOption(text: string | undefined, name: string): string | undefined {
  if (text !== undefined && instantNs(text) === null)
    throw new EntenteError('usage', `--${name} takes a time like 2026-01-31T00:00:00Z`);
  return text;
}

function yearsLater(text: string, years: number): string {
  const date = new Date(text);
  date.setUTCFullYear(date.getUTCFullYear() + years);
  return date.toISOString();
}
