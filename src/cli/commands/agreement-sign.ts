import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import {
  type Agreement,
  encodeSignedAgreement,
  signAgreement,
  verifyAgreement,
} from '../../agreement/index.ts';
import { EntenteError } from '../../base/index.ts';
import { pushMessages, queueMessage } from '../../exchange/index.ts';
import { readKeyFile, showAgreement, signStored, thumbprint } from '../../registry/index.ts';
import { readAgreementFile } from '../agreement-file.ts';
import type { Command, Invocation } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import type { Terminal } from '../terminal.ts';

export const command: Command = {
  name: 'agreement sign',
  usage: 'ID | FILE --key KEYFILE --out FILE',
  details: `
Read it first: \`entente agreement show ID\`. It comes into force when every party has signed and its term has begun.
With a file and a key it works without a node, on a machine without a network: carry the file there (\`agreement export ID --format signed\`) and back
(\`agreement receive FILE\`).`,
  options: {
    key: { type: 'string', value: 'KEYFILE', help: 'the signatory’s private key (JWK), for signing a file' },
    out: { type: 'string', value: 'FILE', help: 'where to write the signed file' },
  },
  async run(invocation, terminal) {
    const asked = invocation.positionals[0];
    if (!asked) throw new EntenteError('usage', 'name the agreement, or its file');
    if (invocation.string('key') !== undefined || existsSync(asked))
      return signFile(asked, invocation, terminal);
    return withRegistry(invocation, async (registry) => {
      await signStored(registry, asked, (tx, to, body) => queueMessage(tx, registry, to, 'agreement', body));
      const pushed = await pushMessages(registry);
      const { document: _document, ...view } = await showAgreement(registry, asked);
      if (invocation.json) terminal.out(JSON.stringify({ ...view, waiting: pushed.waiting }));
      else {
        terminal.out(`signed; the agreement is ${terminal.style.bold(view.state)}: ${view.because}`);
        if (view.missing.length > 0) terminal.out(`still to sign: ${view.missing.join(', ')}`);
        if (view.next && view.next.missing.length > 0)
          terminal.out(
            `version ${view.next.version} changes nothing until signed by ${view.next.missing.join(', ')}`,
          );
      }
      for (const problem of pushed.problems) terminal.note(problem);
      return 0;
    });
  },
};

async function signFile(path: string, invocation: Invocation, terminal: Terminal): Promise<number> {
  const { agreement, signatures } = await readAgreementFile(path);
  const key = readKeyFile(invocation.required('key'));
  const by = signatoryOf(agreement, thumbprint(key));
  const signature = await signAgreement(agreement, key, { ...by, at: new Date().toISOString() });
  const signed = { agreement, signatures: [...signatures, signature] };
  const verified = await verifyAgreement(signed);
  if (verified.issues.length > 0) {
    throw new EntenteError('agreement-signature', `${path}: ${verified.issues[0]!.message}`, {
      issues: verified.issues,
    });
  }
  const out = invocation.required('out');
  await writeFile(out, encodeSignedAgreement(signed), { flag: 'wx' });
  const missing = verified.parties.flatMap((party) => party.missing.map((one) => `${party.party}/${one}`));
  if (invocation.json)
    terminal.out(JSON.stringify({ file: out, ...by, complete: verified.complete, missing }));
  else
    terminal.out(
      `signed for ${by.party} into ${out}; ${missing.length === 0 ? 'all parties have signed' : `still to sign: ${missing.join(', ')}`}`,
    );
  return 0;
}

function signatoryOf(agreement: Agreement, kid: string): { party: string; signatory: string } {
  for (const party of agreement.parties) {
    const signatory = party.signatories.find((one) => one.key.kid === kid);
    if (signatory) return { party: party.id, signatory: signatory.id };
  }
  throw new EntenteError('agreement-signature', `the agreement names no signatory with the key ${kid}`);
}
