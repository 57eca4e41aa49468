/** Where a command's output goes. Colours and live progress only on a terminal; data and talk kept apart. */
import { EXERCISE_MARK } from '../base/index.ts';

export interface Terminal {
  /** Data: standard output, one line. */
  out(line: string): void;
  /** Talk: standard error, one line. */
  note(line: string): void;
  /** What is said is of an exercise: a note says so, and with `isJson` every object from here on has it as its first field, `watermark`. */
  mark(isJson: boolean): void;
  readonly style: Style;
  /** Starts a progress line on standard error: live on a terminal, silent elsewhere. */
  progress(label: string, options?: { total?: number; unit?: 'bytes' | 'items' }): Progress;
}

export interface Progress {
  /** Sets how far the work is, in units; `total` may become known late. */
  update(done: number, total?: number): void;
  /** Clears the line. Safe to call twice. */
  end(): void;
}

export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  green(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

const plain = (text: string) => text;
const PLAIN: Style = { bold: plain, dim: plain, green: plain, red: plain, yellow: plain, cyan: plain };
const sgr = (open: number, close: number) => (text: string) => `\u001b[${open}m${text}\u001b[${close}m`;
const COLOURED: Style = {
  bold: sgr(1, 22),
  dim: sgr(2, 22),
  green: sgr(32, 39),
  red: sgr(31, 39),
  yellow: sgr(33, 39),
  cyan: sgr(36, 39),
};

/** Live lines are redrawn at most this often: enough for the eye, invisible in a profile. */
const REDRAW_MS = 100;

export function openTerminal(
  stdout: NodeJS.WriteStream = process.stdout,
  stderr: NodeJS.WriteStream = process.stderr,
): Terminal {
  const colours = stdout.isTTY === true && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
  const style = colours ? COLOURED : PLAIN;
  let isMarked = false;
  let marksJson = false;
  const note = (line: string) => void stderr.write(`${line}\n`);
  return {
    out: (line) => void stdout.write(`${marksJson ? withMark(line) : line}\n`),
    note,
    mark(isJson) {
      if (!isMarked) note(style.yellow(style.bold(EXERCISE_MARK)));
      isMarked = true;
      marksJson ||= isJson;
    },
    style,
    progress: (label, options = {}) =>
      stderr.isTTY === true ? liveProgress(stderr, label, options) : { update: () => {}, end: () => {} },
  };
}

/** JSON with the mark as the first field: of the object, or of each object of a list. */
function withMark(line: string): string {
  if (!line.startsWith('{') && !line.startsWith('[')) return line;
  const said = JSON.parse(line) as unknown;
  const mark = (value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { watermark: EXERCISE_MARK, ...value }
      : value;
  return JSON.stringify(Array.isArray(said) ? said.map(mark) : mark(said));
}

function liveProgress(
  stream: NodeJS.WriteStream,
  label: string,
  options: { total?: number; unit?: 'bytes' | 'items' },
): Progress {
  const started = performance.now();
  let total = options.total;
  let drawn = 0;
  let ended = false;
  const amount = options.unit === 'bytes' ? formatBytes : formatCount;
  return {
    update(done, newTotal) {
      if (newTotal !== undefined) total = newTotal;
      const now = performance.now();
      if (ended || now - drawn < REDRAW_MS) return;
      drawn = now;
      const seconds = (now - started) / 1000;
      const rate = seconds > 0 ? done / seconds : 0;
      let line = `${label}  ${amount(done)}`;
      if (total !== undefined && total > 0) {
        const share = Math.min(1, done / total);
        const filled = Math.round(share * 20);
        line += ` of ${amount(total)}  [${'#'.repeat(filled)}${'.'.repeat(20 - filled)}] ${Math.floor(share * 100)} %`;
        if (rate > 0) line += `  ${formatDuration((total - done) / rate)} left`;
      }
      line += `  ${amount(rate)}/s`;
      stream.write(`\r\u001b[2K${line.slice(0, (stream.columns || 80) - 1)}`);
    },
    end() {
      if (ended) return;
      ended = true;
      stream.write('\r\u001b[2K');
    },
  };
}

/** Text of others, made harmless to a terminal: control characters, and those that turn the direction of what follows, are shown as escapes. */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `12.3 MB`, decimal units as disks and networks count. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(value < 10 ? 2 : 1)} ${units[unit]}`;
}

/** `1,234,567` */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** `1 h 02 min`, `3 min 07 s`, `12 s` */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const pad = (value: number) => String(value).padStart(2, '0');
  if (whole >= 3600) return `${Math.floor(whole / 3600)} h ${pad(Math.floor((whole % 3600) / 60))} min`;
  if (whole >= 60) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  return `${whole} s`;
}
