/** Steps of a request differ in what is said, and not in how they are taken. */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { basename } from 'node:path';
import { CATEGORIES, PERSONAL_DATA_CLASSES, TLP_LEVELS } from '../agreement/index.ts';
import { EntenteError } from '../base/index.ts';
import { type Attachment, type DeskRequest, makeAttachment, type QueueStep } from '../desk/index.ts';
import { pushMessages, queueStep } from '../exchange/index.ts';
import type { Registry } from '../registry/index.ts';
import type { Command, Invocation, Option } from './command.ts';
import { withRegistry } from './data-folder.ts';
import { requestJson } from './request-view.ts';

export const PERSON: Readonly<Record<string, Option>> = {
  person: {
    type: 'string',
    value: 'NAME',
    help: 'who acts (default: the user of this computer); stays at this node',
  },
};

export const personOf = (invocation: Invocation): string =>
  invocation.string('person') ?? userInfo().username;

export const ATTACH: Readonly<Record<string, Option>> = {
  tlp: {
    type: 'string',
    value: 'LEVEL',
    help: `marking of the text: ${TLP_LEVELS.join(', ')} (default amber)`,
  },
  attach: {
    type: 'string',
    value: 'FILE',
    multiple: true,
    help: 'a file to go along: text, CSV, JSON, PNG, JPEG or plain PDF',
  },
  category: {
    type: 'string',
    value: 'WORD',
    help: `what the attachments are: ${CATEGORIES.join(', ')} (default reports)`,
  },
  'personal-data': {
    type: 'string',
    value: 'WORD',
    help: `personal data in them: ${PERSONAL_DATA_CLASSES.join(', ')} (default none)`,
  },
};

export const markingOf = (invocation: Invocation) => ({
  tlp: word(invocation, 'tlp', TLP_LEVELS, 'amber'),
  pap: 'amber' as const,
});

export function attachmentsOf(invocation: Invocation): Attachment[] {
  const releaseClass = {
    category: word(invocation, 'category', CATEGORIES, 'reports'),
    personalData: word(invocation, 'personal-data', PERSONAL_DATA_CLASSES, 'none'),
    ...markingOf(invocation),
  };
  return invocation.strings('attach').map((path) => {
    let bytes: Uint8Array;
    try {
      bytes = readFileSync(path);
    } catch (cause) {
      throw new EntenteError('file-unreadable', `${path} cannot be read`, { where: path, cause });
    }
    return makeAttachment(basename(path), bytes, releaseClass);
  });
}

/** The option's value, one of a list of words. @throws EntenteError `usage` */
export function word<T extends string>(
  invocation: Invocation,
  name: string,
  words: readonly T[],
  otherwise?: T,
): T {
  const value = invocation.string(name) ?? otherwise ?? invocation.required(name);
  if (!words.includes(value as T))
    throw new EntenteError('usage', `--${name} is one of: ${words.join(', ')}`);
  return value as T;
}

export function requestStepCommand(
  about: Pick<Command, 'name' | 'usage' | 'options'> & { details?: string },
  take: (
    registry: Registry,
    id: string,
    invocation: Invocation,
    person: string,
    queue: QueueStep,
  ) => Promise<DeskRequest>,
): Command {
  return {
    ...about,
    usage: `REQUEST ${about.usage}`.trim(),
    options: { ...about.options, ...PERSON },
    run: (invocation, terminal) =>
      withRegistry(invocation, async (registry) => {
        const id = invocation.positionals[0];
        if (!id) throw new EntenteError('usage', 'name the request; `entente request list` shows them');
        const request = await take(registry, id, invocation, personOf(invocation), queueStep(registry));
        const pushed = await pushMessages(registry);
        if (invocation.json)
          terminal.out(
            JSON.stringify({ ...requestJson(request, registry.clock()), waiting: pushed.waiting }),
          );
        else terminal.out(`${request.id} is ${terminal.style.bold(request.state)}`);
        for (const problem of pushed.problems) terminal.note(`${problem}; it is told as soon as it answers`);
        return 0;
      }),
  };
}
