import { readFileSync } from 'node:fs';
import { EntenteError } from '../../base/index.ts';
import { verifyBundle } from '../../cases/index.ts';
import type { Command } from '../command.ts';
import { printable } from '../terminal.ts';

export const command: Command = {
  name: 'verify',
  summary: 'verify an evidence bundle, without a node and offline',
  usage: 'FILE.zip [--key KEY] [--authority FILE.pem]',
  details: 'Exit 0: valid; 1: not valid, with the first cause; 2: the file cannot be read as a bundle.',
  options: {
    key: { type: 'string', value: 'KEY', help: 'the key of the node it must come from' },
    authority: {
      type: 'string',
      value: 'FILE.pem',
      help: 'the certificate of a time-stamping authority that you trust; time-stamps must lead to it',
    },
  },
  async run(invocation, terminal) {
    const file = invocation.positionals[0];
    if (!file) throw new EntenteError('usage', 'name the bundle');
    const key = invocation.string('key');
    const pem = invocation.string('authority');
    const authorities =
      pem === undefined
        ? []
        : (await import('../../ledger/timestamp.ts')).certificatesIn(readFileSync(pem, 'utf8'));
    const verdict = await verifyBundle(file, {
      ...(key === undefined ? {} : { expectedKey: key }),
      authorities,
    });
    if (invocation.json) terminal.out(JSON.stringify(verdict));
    else {
      for (const { name, count } of verdict.checks)
        terminal.out(`${terminal.style.green('holds')}  ${name} (${count})`);
      for (const { name, at, leaves } of verdict.witnesses)
        terminal.out(printable(`seen   by ${name} at ${at}, ${leaves} leaves`));
      for (const { authority, at, leaves, isTrusted } of verdict.timestamps)
        terminal.out(
          `stamped by ${authority} at ${at}, ${leaves} leaves${isTrusted ? '' : ' (not compared with a known certificate)'}`,
        );
      for (const remark of verdict.remarks)
        terminal.out(`${terminal.style.yellow('note')}   ${printable(remark)}`);
      if (verdict.ok) {
        terminal.out(
          `${terminal.style.green(terminal.style.bold('valid'))}  ${printable(`case "${verdict.case}" from ${verdict.node!.name}`)}`,
        );
        terminal.out(
          `key    ${verdict.node!.kid}${key === undefined ? '  (compare it with the one you know, or give it with --key)' : ''}`,
        );
      } else
        terminal.out(
          `${terminal.style.red(terminal.style.bold('NOT VALID'))}  ${printable(verdict.cause ?? '')}`,
        );
    }
    return verdict.ok ? 0 : 1;
  },
};
