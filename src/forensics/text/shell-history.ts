/** What people typed: histories of bash with times, zsh (extended form) and fish. Times are seconds from 1970. */
import { unixTime } from '../time-text.ts';
import { type LineFormat, lineFormat, shareConfidence } from './line-format.ts';

const command = (text: string, seconds: number, offset: number, more = {}) => ({
  kind: 'shell-command',
  time: unixTime(seconds, 'second', 'timestamp'),
  message: text,
  fields: { command: text, CommandLine: text, ...more },
  offset,
});

const BASH_TIME = /^#(\d{9,10})$/;

const bashFormat: LineFormat = {
  name: 'bash-history',
  title: 'Bash history with times',
  recognise(lines) {
    const times = lines.filter((line) => BASH_TIME.test(line)).length;
    return BASH_TIME.test(lines[0] ?? '') && 3 * times >= lines.length ? 2 : 0;
  },
  open() {
    let time: { seconds: number; offset: number } | null = null;
    return ({ text, offset }) => {
      const found = BASH_TIME.exec(text);
      if (found !== null) {
        time = { seconds: Number(found[1]), offset };
        return 'nothing';
      }
      if (time === null) return text.trim() === '' ? 'nothing' : 'more';
      const event = command(text, time.seconds, time.offset);
      time = null;
      return event;
    };
  },
};

const ZSH = /^: (\d{9,10}):(\d{1,9});(.*)$/s;

const zshFormat: LineFormat = {
  name: 'zsh-history',
  title: 'Zsh history (extended)',
  recognise: (lines) =>
    ZSH.test(lines[0] ?? '') ? shareConfidence(lines, (line) => ZSH.test(line)) || 1 : 0,
  open:
    () =>
    ({ text, offset }) => {
      const found = ZSH.exec(text);
      if (found === null) return text.trim() === '' ? 'nothing' : 'more';
      return command(found[3]!, Number(found[1]), offset, { elapsed_seconds: Number(found[2]) });
    },
};

const FISH_COMMAND = /^- cmd: (.*)$/s;
const FISH_TIME = /^ {2}when: (\d{9,10})$/;

const fishFormat: LineFormat = {
  name: 'fish-history',
  title: 'Fish history',
  recognise: (lines) =>
    FISH_COMMAND.test(lines[0] ?? '') && lines.some((line) => FISH_TIME.test(line)) ? 2 : 0,
  open() {
    let typed: { text: string; offset: number } | null = null;
    return ({ text, offset }) => {
      const found = FISH_COMMAND.exec(text);
      if (found !== null) {
        typed = {
          text: found[1]!.replace(/\\([n\\])/g, (_, char: string) => (char === 'n' ? '\n' : '\\')),
          offset,
        };
        return 'nothing';
      }
      const time = FISH_TIME.exec(text);
      if (time === null) return /^ {2}/.test(text) || text.trim() === '' ? 'nothing' : null;
      if (typed === null) return null;
      const event = command(typed.text, Number(time[1]), typed.offset);
      typed = null;
      return event;
    };
  },
};

export const bashHistory = lineFormat(bashFormat);
export const zshHistory = lineFormat(zshFormat);
export const fishHistory = lineFormat(fishFormat);
