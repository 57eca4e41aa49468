import { readFile } from 'node:fs/promises';
import {
  assertFullySigned,
  clauseIssues,
  decodeSignedAgreement,
  verifyAgreement,
} from '../../agreement/index.ts';
import { EntenteError } from '../../base/index.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'agreement verify',
  usage: 'FILE',
  details: `Works without a node or the network, with the keys that the agreement itself names: compare them with the parties once, by another
channel. Exit 0 only for a fully signed, untampered, valid document; the first fault is named otherwise.`,
  options: {},
  async run(invocation, terminal) {
    const [path, ...more] = invocation.positionals;
    if (path === undefined || more.length > 0)
      throw new EntenteError('usage', 'name one file (entente agreement verify --help)');
    const verified = await verifyAgreement(decodeSignedAgreement(await readFile(path), path));
    assertFullySigned(verified);
    const { agreement, digest, parties } = verified;
    const issues = clauseIssues(agreement);
    if (issues.length > 0)
      throw new EntenteError('agreement-invalid', `${path}: ${issues[0]!.path}: ${issues[0]!.message}`, {
        issues,
      });
    const signatures = parties.flatMap(({ party, signed }) =>
      signed.map(({ signatory, name, at }) => {
        const { kid } = agreement.parties
          .find(({ id }) => id === party)!
          .signatories.find(({ id }) => id === signatory)!.key;
        return { party, signatory, name, at, kid };
      }),
    );
    const { id, version, title, term } = agreement;
    if (invocation.json) {
      terminal.out(
        JSON.stringify({
          ok: true,
          agreement: { id, version, title, digest },
          term: { from: term.from, until: term.until },
          signatures,
        }),
      );
      return 0;
    }
    terminal.out(`${terminal.style.green('valid')}  ${title} (version ${version})`);
    terminal.out(`  ${id}`);
    terminal.out(`  SHA-256 ${digest}`);
    terminal.out(`  from ${term.from} until ${term.until}`);
    for (const { party, name, at, kid } of signatures)
      terminal.out(`  signed by ${name} for ${party} on ${at}, key ${kid}`);
    return 0;
  },
};
