import { readFile } from 'node:fs/promises';
import {
  ACTS,
  type Act,
  type Agreement,
  assertFullySigned,
  decodeSignedAgreement,
  decodeSignedNotice,
  type Notice,
  OBJECT_ACTS,
  PURPOSES,
  type Purpose,
  verifyAgreement,
  verifyNotice,
} from '../../agreement/index.ts';
import { decodeUtf8, EntenteError, formatDate } from '../../base/index.ts';
import { decideObject } from '../../intel/decide-object.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'agreement decide',
  usage: 'FILE --object OBJ.json --from PARTY --to PARTY --purpose PURPOSE [--at TIME]',
  details: `Works without a node. FILE is a signed agreement; a notice that suspends or ends it is given with --notice. Parties are named as in
the agreement, by their short name or full name. OBJ.json is a STIX 2.1 object, or a bundle with one object beside marking definitions.

  entente agreement decide agreement.json --object indicator.json --from northlight --to interlink \\
    --purpose investigation --at 2027-01-01T00:00:00Z

The answer is on standard output and the exit code 0, whatever the verdict. Acts: ${ACTS.join(', ')}. Purposes: ${PURPOSES.join(', ')}.`,
  options: {
    object: { type: 'string', value: 'FILE', help: 'the STIX object, or a release class as JSON' },
    from: { type: 'string', value: 'PARTY', help: 'who contributed it, or gives the service' },
    to: { type: 'string', value: 'PARTY', help: 'who receives or holds it' },
    purpose: { type: 'string', value: 'WORD', help: 'what for' },
    at: { type: 'string', value: 'TIME', help: 'the instant of use, RFC 3339 (default: now)' },
    act: { type: 'string', value: 'ACT', help: 'what is to be done (default: release)' },
    notice: { type: 'string', value: 'FILE', many: true, help: 'signed notices given since' },
    'onward-to': { type: 'string', value: 'NAME', help: 'for onward and export: who would get it' },
    'received-at': { type: 'string', value: 'TIME', help: 'when the holder received it, for retention' },
    granted: {
      type: 'string',
      value: 'CLAUSE',
      many: true,
      help: 'clauses saying "ask" whose contributor has said yes',
    },
    attributed: { type: 'boolean', help: 'the contributor would be named as the source' },
  },
  async run(invocation, terminal) {
    const [path, ...more] = invocation.positionals;
    if (path === undefined || more.length > 0)
      throw new EntenteError('usage', 'name one agreement (entente agreement decide --help)');
    const verified = await verifyAgreement(decodeSignedAgreement(await readFile(path), path));
    // Signatures that are missing are a reason to deny; signatures that are wrong leave nothing to decide by.
    if (verified.issues.length > 0) assertFullySigned(verified);
    const { agreement } = verified;
    const notices = await readNotices(agreement, invocation.strings('notice'));
    const act = (invocation.string('act') ?? 'release') as Act;
    const onwardTo = invocation.string('onward-to');
    const receivedAt = invocation.string('received-at');
    const object = invocation.string('object');
    if (OBJECT_ACTS.has(act) && object === undefined) invocation.required('object');
    const verdict = decideObject(
      verified,
      notices,
      {
        act,
        from: invocation.required('from'),
        to: invocation.required('to'),
        purpose: invocation.required('purpose') as Purpose,
        at: invocation.string('at') ?? formatDate(new Date()),
        granted: invocation.strings('granted'),
        attributed: invocation.flag('attributed'),
        ...(object === undefined ? {} : { object: await readJson(object) }),
        ...(onwardTo === undefined ? {} : { onwardTo }),
        ...(receivedAt === undefined ? {} : { receivedAt }),
      },
      object,
    );
    if (invocation.json) {
      terminal.out(JSON.stringify(verdict));
      return 0;
    }
    const { style } = terminal;
    const colour = { allow: style.green, ask: style.yellow, deny: style.red }[verdict.verdict];
    terminal.out(colour(style.bold(verdict.verdict)));
    for (const clause of verdict.clauses) terminal.out(`  ${style.cyan(clause.path)}  ${clause.words}`);
    for (const words of verdict.toAllow ?? []) terminal.out(`  to allow it: ${words}`);
    for (const { path: clause, words } of verdict.obligations ?? [])
      terminal.out(`  owed: ${style.cyan(clause)}  ${words}`);
    terminal.out(style.dim(`  ${agreement.title}, version ${verdict.agreement.version}`));
    return 0;
  },
};

async function readNotices(agreement: Agreement, paths: readonly string[]): Promise<Notice[]> {
  const notices: Notice[] = [];
  for (const path of paths) {
    const signed = decodeSignedNotice(await readFile(path), path);
    const issues = await verifyNotice(agreement, signed, notices);
    if (issues.length > 0)
      throw new EntenteError('agreement-signature', `${path}: ${issues[0]!.message}`, {
        issues,
        where: path,
      });
    notices.push(signed.notice);
  }
  return notices;
}

async function readJson(path: string): Promise<unknown> {
  const bytes = await readFile(path);
  try {
    return JSON.parse(decodeUtf8(bytes));
  } catch (cause) {
    throw new EntenteError('json-syntax', `${path}: is not JSON (${(cause as Error).message})`, {
      where: path,
      cause,
    });
  }
}
