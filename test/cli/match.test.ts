/** What `entente match` says beside its findings. */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { command } from '../../src/cli/commands/match.ts';
import { parseInvocation } from '../../src/cli/invocation.ts';
import { openTerminal } from '../../src/cli/terminal.ts';
import { temporaryFolder } from '../temporary-folder.ts';

test('a person is told the first of what was not read, a program all of it', async (t) => {
  const folder = temporaryFolder(t);
  const evidence = join(folder, 'evidence');
  mkdirSync(evidence);
  writeFileSync(join(evidence, 'a.log'), 'evil.com\n');
  for (let i = 0; i < 25; i++) symlinkSync('a.log', join(evidence, `link${i}`));
  const list = join(folder, 'list.txt');
  writeFileSync(
    list,
    ['evil.com', ...Array.from({ length: 15 }, (_, i) => `two words.example${i}.com`)].join('\n'),
  );
  const notes = async (...more: string[]) => {
    const told: string[] = [];
    const terminal = { ...openTerminal(), out: () => {}, note: (line: string) => void told.push(line) };
    const words = ['--data', join(folder, 'data'), '--intel', list, '--evidence', evidence, ...more];
    assert.equal(await command.run(parseInvocation(command, words), terminal), 0);
    const count = (start: RegExp) => told.filter((line) => start.test(line)).length;
    return [count(/as it stands/), count(/^not wholly read/), ...told.filter((line) => line.startsWith('…'))];
  };
  assert.deepEqual(await notes(), [
    10,
    10,
    '… and 5 more notes on the intelligence (--json names them)',
    '… and 15 more that were not wholly read (--json names them)',
  ]);
  assert.deepEqual(await notes('--json'), [15, 25]);
});
