/** Runs from seats, as the commands show them. */
import type { RunRecord } from '../cases/index.ts';
import type { SeatRun } from '../desk/index.ts';
import { printable } from './terminal.ts';

export function runView({ id, output }: RunRecord): string {
  const derived = (output.exhibits ?? []).map(({ number, name }) => `exhibit ${number} (${name})`);
  return printable(
    [
      `${id}: ${output.findings} findings`,
      ...(derived.length > 0 ? [`derived ${derived.join(', ')}`] : []),
    ].join('; '),
  );
}

/** One line for the run, one for what it gave. */
export function seatRunLines({ asked, state, run, derived, why }: SeatRun): string[] {
  const {
    exhibit,
    tool,
    package: pkg,
    set,
    rules,
  } = asked.details as {
    readonly exhibit: number;
    readonly tool: string;
    readonly package?: { readonly version: string };
    readonly set?: Readonly<Record<string, string>>;
    readonly rules?: string;
  };
  const what = [
    `${tool}${pkg ? ` ${pkg.version}` : ''} over exhibit ${exhibit}`,
    ...Object.entries(set ?? {}).map(([name, value]) => `${name}=${value}`),
    ...(rules ? [`rules ${rules.slice(0, 16)}`] : []),
  ].join(', ');
  const gave = [
    ...(run ? [run] : []),
    ...derived.map(({ number, name }) => `exhibit ${number} (${name})`),
    ...(why ? [why] : []),
  ].join(', ');
  return [`${state.padEnd(8)}  ${asked.id}  ${what}`, ...(gave ? [`          ${gave}`] : [])].map(printable);
}
