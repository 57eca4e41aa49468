import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { EntenteError, isEntenteError } from '../../base/index.ts';
import { verifyBundle } from '../../cases/index.ts';
import { verifyForkFile } from '../../registry/index.ts';
import { markExercise } from '../case-named.ts';
import type { Command } from '../command.ts';
import { printable, type Terminal } from '../terminal.ts';

export const command: Command = {
  name: 'verify',
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
    if (await isJson(file)) return verifyFork(file, key, invocation.json, terminal);
    const pem = invocation.string('authority');
    const authorities =
      pem === undefined
        ? []
        : (await import('../../ledger/timestamp.ts')).certificatesIn(readFileSync(pem, 'utf8'));
    const verdict = await verifyBundle(file, {
      ...(key === undefined ? {} : { expectedKey: key }),
      authorities,
    });
    if (verdict.case !== null) markExercise(verdict.case, invocation, terminal);
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

/** A bundle begins with `PK`. A file that cannot be opened is left to the check of bundles, which says so. */
async function isJson(file: string): Promise<boolean> {
  const handle = await open(file, 'r').catch(() => null);
  if (!handle) return false;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, 0);
    return bytesRead === 1 && buffer[0] === 0x7b;
  } finally {
    await handle.close();
  }
}

/** Some kilobytes; what is larger is no such file. */
const FORK_BYTES_MAX = 4 * 1024 * 1024;

async function verifyFork(
  file: string,
  expected: string | undefined,
  json: boolean,
  terminal: Terminal,
): Promise<number> {
  const bytes = readFileSync(file);
  if (bytes.length > FORK_BYTES_MAX)
    throw new EntenteError('input-limit', `evidence of a fork has ${FORK_BYTES_MAX} bytes at most`);
  try {
    const { node, sizes } = await verifyForkFile(bytes.toString('utf8'));
    if (expected !== undefined && expected !== node)
      throw new EntenteError('verification-failed', `it is about node ${node}, not ${expected}`);
    if (json) terminal.out(JSON.stringify({ ok: true, fork: { node, sizes }, cause: null }));
    else
      terminal.out(
        `${terminal.style.green(terminal.style.bold('proven'))}  node ${node} signed two histories of its ledger, of ${sizes[0]} and ${sizes[1]} leaves`,
      );
    return 0;
  } catch (error) {
    if (!isEntenteError(error) || error.code === 'ledger-format') throw error;
    if (json) terminal.out(JSON.stringify({ ok: false, fork: null, cause: error.message }));
    else
      terminal.out(
        `${terminal.style.red(terminal.style.bold('PROVES NOTHING'))}  ${printable(error.message)}`,
      );
    return 1;
  }
}
