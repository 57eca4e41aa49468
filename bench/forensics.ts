/**
 * What the parsers and the Sigma engine cost on this machine, on one core: event logs to events, to
 * JSON, under a rule set; captures. Inputs are made here, of real structure, with 3,000 rules of the usual form. Real ones are measured by
 * `node bench/forensics.ts --rules FOLDER --evtx FILE --pcap FILE --seconds N`, each of which may be left out.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { encodeEvent, type FormatParser, memoryReader, recogniseFormat } from '../src/forensics/index.ts';
import { parseRuleFiles, type RuleFile, SigmaEngine } from '../src/forensics/sigma/index.ts';
import { buildEvtx, processStart } from '../test/forensics/evtx-builder.ts';
import { buildPcap, ethernet, tcp } from '../test/forensics/pcap-builder.ts';

const argument = (name: string) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};

/** Long enough that the compiler has settled and a slow moment does not count. */
const SECONDS = Number(argument('--seconds') ?? 3);

function report(what: string, bytes: number, run: () => number): void {
  const until = performance.now() + 1_000;
  while (performance.now() < until) run(); // the compiler settles
  let rounds = 0;
  let events = 0;
  const started = performance.now();
  while (performance.now() - started < SECONDS * 1_000) {
    events += run();
    rounds++;
  }
  const seconds = (performance.now() - started) / 1_000;
  const rate = (bytes * rounds) / 1e6 / seconds;
  console.log(
    `${what.padEnd(44)} ${rate.toFixed(0).padStart(6)} MB/s  ${Math.round(events / seconds)
      .toLocaleString('en')
      .padStart(11)} events/s`,
  );
}

/** Sixteen chunks of process starts with the command lines of an ordinary day, and some that rules look for. */
function madeLog(): Buffer {
  const lines = [
    'C:\\Windows\\system32\\svchost.exe -k netsvcs -p -s Schedule',
    '"C:\\Program Files\\Example\\updater.exe" /check /silent',
    'powershell.exe -NoProfile -Command "Get-ChildItem C:\\Users"',
    'cmd.exe /c net user administrator /domain',
    'rundll32.exe shell32.dll,Control_RunDLL desk.cpl',
  ];
  const extra = {
    ParentImage: 'C:\\Windows\\explorer.exe',
    ParentCommandLine: 'C:\\Windows\\explorer.exe',
    Hashes: 'SHA256=0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF',
    CurrentDirectory: 'C:\\Windows\\system32\\',
    IntegrityLevel: 'Medium',
  };
  return buildEvtx(
    Array.from({ length: 16 }, (_, chunk) =>
      Array.from({ length: 60 }, (__, i) =>
        processStart(chunk * 60 + i + 1, `${lines[i % lines.length]} ${i}`, extra),
      ),
    ),
  );
}

function madeRules(): RuleFile[] {
  return Array.from({ length: 3_000 }, (_, i) => ({
    path: `${i}.yml`,
    text: `title: r${i}
id: made-${i}
logsource: {product: windows, category: process_creation}
detection:
  image:
    Image|endswith: ['\\tool${i}.exe', '\\cmd.exe']
  line:
    CommandLine|contains: ['--option-${i}', 'payload${i}.dll']
  condition: image and line
`,
  }));
}

function ruleFiles(path: string): RuleFile[] {
  if (!statSync(path).isDirectory()) return [{ path, text: readFileSync(path, 'utf8') }];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yml'))
    .map((name) => ({ path: name, text: readFileSync(join(path, name), 'utf8') }));
}

/** A hundred connections that take turns, a kilobyte each time. */
function madeCapture(): Buffer {
  const body = 'x'.repeat(1_000);
  return buildPcap(
    Array.from({ length: 20_000 }, (_, i) => {
      const flow = i % 100;
      const turn = Math.floor(i / 100);
      const text =
        turn === 0
          ? `POST /a HTTP/1.1\r\nHost: h.example\r\nContent-Length: 9999999\r\n\r\n`.padEnd(1_000, 'x')
          : body;
      return ethernet(
        tcp(
          '10.0.0.5',
          `192.0.2.${flow}`,
          40_000 + flow,
          flow % 2 ? 80 : 8_443,
          1 + turn * 1_000,
          'PA',
          text,
        ),
      );
    }),
  );
}

function parseWith(
  format: FormatParser,
  bytes: Buffer,
  take: (event: Parameters<Parameters<FormatParser['parse']>[1]>[0]) => void,
): number {
  const account = format.parse(memoryReader(bytes), take);
  return account.records;
}

const log = argument('--evtx') === undefined ? madeLog() : readFileSync(argument('--evtx')!);
const evtx = recogniseFormat(log)!;
// Space that a log reserves ahead is no work; only chunks count.
let used = 4_096;
for (let at = 4_096; at < log.length; at += 65_536)
  if (log.toString('latin1', at, at + 7) === 'ElfChnk') used += 65_536;

report('event log to events', used, () => parseWith(evtx, log, () => {}));
report('event log to events, every field decoded', used, () =>
  parseWith(evtx, log, (event) => void event.fields),
);
report('event log to JSON lines', used, () => parseWith(evtx, log, (event) => void encodeEvent(event)));

const files = argument('--rules') === undefined ? madeRules() : ruleFiles(argument('--rules')!);
const loading = performance.now();
const set = parseRuleFiles(files);
console.log(
  `${'rules loaded'.padEnd(44)} ${((performance.now() - loading) / 1_000).toFixed(2).padStart(6)} s     ${set.rules.length.toLocaleString('en').padStart(11)} rules`,
);
for (const share of [10, 1]) {
  const rules = set.rules.filter((_, i) => i % share === 0);
  const engine = new SigmaEngine(rules);
  report(`event log under ${rules.length.toLocaleString('en')} Sigma rules`, used, () =>
    parseWith(evtx, log, (event) => engine.match(event, () => {})),
  );
}

const capture = argument('--pcap') === undefined ? madeCapture() : readFileSync(argument('--pcap')!);
const pcap = recogniseFormat(capture)!;
report('capture to flows and requests', capture.length, () => parseWith(pcap, capture, () => {}));
