import { EntenteError } from '../../base/index.ts';
import { requireLesson } from '../../desk/index.ts';
import type { Command } from '../command.ts';
import { LANG, languageOf } from '../exercise-words.ts';

const WIDTH = 100;

export const command: Command = {
  name: 'course read',
  usage: 'LESSON [--lang LANG]',
  options: LANG,
  async run(invocation, terminal) {
    const id = invocation.positionals[0];
    if (!id) throw new EntenteError('usage', 'name the lesson; `entente course show COURSE` shows them');
    const { title, blocks, questions } = requireLesson(id, languageOf(invocation));
    if (invocation.json) {
      const asked = questions.map(({ text, choices }) => ({ text, choices }));
      terminal.out(JSON.stringify({ lesson: id, title, blocks, questions: asked }));
      return 0;
    }
    const { bold, cyan } = terminal.style;
    terminal.out(bold(title));
    let before = '';
    for (const { kind, text } of blocks) {
      if (kind !== before || kind === 'text') terminal.out('');
      before = kind;
      if (kind === 'command') terminal.out(`    ${cyan(text)}`);
      else if (kind === 'heading') terminal.out(bold(text));
      else for (const line of wrapped(text, kind === 'point' ? '- ' : '')) terminal.out(line);
    }
    questions.forEach(({ text, choices }, i) => {
      terminal.out('');
      for (const line of wrapped(text, `${i + 1}. `)) terminal.out(line);
      choices.forEach((choice, n) => {
        for (const line of wrapped(choice, `   ${n + 1}) `)) terminal.out(line);
      });
    });
    terminal.note(`answer: entente course answer ${id} ${questions.map(() => 'N').join(' ')}`);
    return 0;
  },
};

/** Lines of a width that is read easily; those after the first are indented under it. */
function wrapped(text: string, mark: string): string[] {
  const lines: string[] = [];
  let line = mark;
  for (const word of text.split(' ')) {
    if (line.length + word.length > WIDTH && line.trim() !== mark.trim()) {
      lines.push(line.trimEnd());
      line = ' '.repeat(mark.length);
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}
