import { EntenteError } from '../../base/index.ts';
import {
  assess,
  contributorName,
  describeAssessment,
  findObject,
  heldWarninglists,
  lastSighting,
  valuesOf,
  versionsOfObject,
  vouchersFor,
} from '../../intel/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { printable } from '../terminal.ts';

export const command: Command = {
  name: 'object show',
  usage: 'OBJECT-ID',
  details: `
Confidence and validity are the contributor's own words. The score is its confidence (80 where it gives none), which for addresses and names falls
with the time since it was last changed or sighted: score = base x (1 - (age / 120 days)^(1/2)), as in MISP's simple decaying model. Nothing is
hidden or left out because of it.`,
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const id = invocation.positionals[0];
      if (!id) throw new EntenteError('usage', 'name the object');
      const held = await findObject(registry, id);
      const assessment = assess(
        held.object,
        registry.clock().toISOString(),
        await lastSighting(registry, id),
      );
      const lists = await heldWarninglists(registry);
      const values = valuesOf(held.object).map((value) => ({
        ...value,
        warninglists: lists.of(value.kind, value.value),
      }));
      const vouchers = await vouchersFor(registry, held);
      const versions = await versionsOfObject(registry, id);
      const contributorIs = await contributorName(registry, held.contributor);
      if (invocation.json) {
        terminal.out(
          JSON.stringify({ ...held, contributorName: contributorIs, assessment, values, vouchers, versions }),
        );
        return 0;
      }
      const line = (name: string, words: string) =>
        terminal.out(`${terminal.style.dim(name.padEnd(14))}${printable(words)}`);
      terminal.out(terminal.style.bold(printable(String(held.object['name'] ?? held.type))));
      line('object', held.id);
      line(
        'contributor',
        `${contributorIs}, ${held.addedAt}${held.agreementId.startsWith('agreement--') ? ` under ${held.agreementId}` : ''}`,
      );
      if (held.withdrawnAt) line('recalled', held.withdrawnAt);
      if (typeof held.object['description'] === 'string') line('description', held.object['description']);
      for (const { kind, value, warninglists } of values)
        line(kind, `${value}${warninglists.length > 0 ? `  (on ${warninglists.join('; ')})` : ''}`);
      if (assessment) {
        const { validFrom, validUntil } = assessment;
        line('valid', `${validFrom ?? 'always'} to ${validUntil ?? 'open'}`);
        const words = describeAssessment(assessment);
        if (words !== '') line('now', words);
      }
      for (const { name, objects, since } of vouchers)
        line('also said by', `${name} since ${since}: ${objects.join(', ')}`);
      for (const { version, addedAt, latest } of versions)
        line('version', `${version || addedAt}${latest ? ', the latest' : ''}`);
      return 0;
    }),
};
