/** The evidence of an exercise from its file and seed: the same bytes on every machine. */
import { EXERCISE_MARK } from '../../base/index.ts';
import type { EvidenceFile, Exercise } from './exercise.ts';
import { lockToy } from './toy-cipher.ts';

/** A generator of the mulberry32 kind: small, the same everywhere, and good enough for noise. */
function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const MINUTE_MS = 60_000;
const SITES = [
  'news.example',
  'weather.example',
  'intranet.example',
  'mail.example',
  'shop.example',
  'maps.example',
];
const PEOPLE = ['amira', 'bruno', 'chen', 'dalia', 'emil'];
const PROGRAMS = ['cron', 'sshd', 'dhclient', 'systemd', 'ntpd'];

export function generateEvidence(exercise: Exercise): { readonly name: string; readonly text: string }[] {
  return exercise.evidence.map((file, i) => ({
    name: file.name,
    text: fileText(exercise, file, exercise.seed + i),
  }));
}

function fileText({ begins }: Exercise, file: EvidenceFile, seed: number): string {
  const start = Date.parse(begins);
  if (file.form === 'mail')
    return `X-Exercise: EXERCISE - NOT REAL\r\n${file.lines.map(({ text }) => text).join('\r\n')}\r\n`;
  if (file.form === 'table') return `${file.lines.map(({ text }) => text).join('\n')}\n# ${EXERCISE_MARK}\n`;
  if (file.locked) {
    const content = `${file.lines.map(({ text }) => text).join('\n')}\n`;
    return `${lockToy(file.locked.name, content, file.locked.key)}# ${EXERCISE_MARK}\n`;
  }
  const random = seeded(seed);
  const last = Math.max(...file.lines.map(({ minute }) => minute), 60);
  const lines = [
    ...file.lines.map(({ minute, text }) => ({ at: start + minute * MINUTE_MS, text })),
    ...Array.from({ length: file.noise }, () => ({
      at: start + random(last * 60) * 1_000,
      text: noise(file.form, random),
    })),
  ].sort((a, b) => a.at - b.at || (a.text < b.text ? -1 : 1));
  const mark =
    file.form === 'json-lines' ? JSON.stringify({ exercise: EXERCISE_MARK }) : `# ${EXERCISE_MARK}`;
  return `${mark}\n${lines.map(({ at, text }) => line(file.form, new Date(at), text)).join('\n')}\n`;
}

function noise(form: EvidenceFile['form'], random: (below: number) => number): string {
  const person = PEOPLE[random(PEOPLE.length)]!;
  const address = `192.0.2.${10 + random(40)}`;
  switch (form) {
    case 'proxy-log':
      return `${address} ${person} GET https://${SITES[random(SITES.length)]}/${random(10_000)} 200 ${500 + random(90_000)}`;
    case 'syslog':
      return `ws${random(20)} ${PROGRAMS[random(PROGRAMS.length)]}[${1_000 + random(9_000)}]: routine ${random(1_000_000)}`;
    default:
      return JSON.stringify({
        user: person,
        source: address,
        event: 'sign-in',
        result: random(12) === 0 ? 'failed' : 'ok',
      });
  }
}

function line(form: EvidenceFile['form'], at: Date, text: string): string {
  if (form === 'json-lines')
    return JSON.stringify({ time: at.toISOString(), ...(JSON.parse(text) as object) });
  return `${at.toISOString()} ${text}`;
}
