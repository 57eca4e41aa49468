/**
 * The story: a security company and an international police organisation, from the first key to the last proof. Each step runs the
 * commands that people would, looks at what really came out, and fails when it is not what was promised.
 */
import { copyFile, open, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { EntenteError } from '../../base/index.ts';
import type { Actor } from './actors.ts';

export interface Setting {
  readonly company: Actor;
  readonly police: Actor;
  readonly folder: string;
  readonly intelligence: readonly string[];
  readonly evidence: readonly string[];
  /** With the project's own examples more is promised than with files of the user's. */
  readonly ownExamples: boolean;
}

/** What later steps need to know from earlier ones. */
interface Memory {
  agreement: string;
  withheld: Set<string>;
  delivered: string[];
  /** Objects of the company that a finding rests on. */
  found: string[];
  bundle: string;
}

export interface Step {
  readonly name: string;
  readonly title: string;
  run(setting: Setting, memory: Memory): Promise<{ detail: Record<string, unknown>; lines: string[] }>;
}

export function emptyMemory(): Memory {
  return { agreement: '', withheld: new Set(), delivered: [], found: [], bundle: '' };
}

function promise(holds: boolean, what: string): asserts holds {
  if (!holds) throw new EntenteError('verification-failed', what);
}

export const EXAMPLES = resolve(import.meta.dirname, '../../../examples');

const CASE = 'Harbour Freight';
/** All of the examples' findings; with files of the user's, the first. */
const FINDINGS_SHOWN = 20;

const INVESTIGATOR = 'I. Marchetti';

type Json = Record<string, unknown>;

export const STEPS: readonly Step[] = [
  {
    name: 'nodes-started',
    title: 'Two organisations start their nodes and exchange keys',
    async run({ company, police }) {
      await Promise.all([company.start(), police.start()]);
      for (const { url, name } of [company, police]) {
        const health = await fetch(`${url}/healthz`);
        promise(health.ok, `${name} does not answer /healthz`);
      }
      await company.ask(['peer', 'add', police.url, '--key', police.kid]);
      await police.ask(['peer', 'add', company.url, '--key', company.kid]);
      const nodes = [company, police].map(({ name, url, kid, pid }) => ({ name, url, key: kid, pid }));
      return { detail: { nodes }, lines: nodes.map((node) => `${node.name}  ${node.url}  key ${node.key}`) };
    },
  },
  {
    name: 'agreement-in-force',
    title:
      'A five-year agreement, the second between them, is drafted, signed by both, and in force on both nodes',
    async run({ company, police }, memory) {
      const draft = async (template: string) => {
        const words = ['agreement', 'new', '--template', join(EXAMPLES, 'agreements', template)];
        const drafted = await company.ask([
          ...words,
          '--party',
          'northlight=here',
          '--party',
          `interlink=${police.kid}`,
        ]);
        const id = String(drafted['id']);
        const half = await company.ask(['agreement', 'sign', id]);
        promise(
          half['state'] === 'proposed',
          `with one signature the agreement is ${half['state']}, not proposed`,
        );
        await police.ask(['agreement', 'sign', id]);
        return id;
      };
      const first = await draft('contribution-2021.yaml');
      const firstView = await police.ask(['agreement', 'show', first]);
      promise(firstView['state'] === 'expired', `the predecessor is ${firstView['state']}, not expired`);
      memory.agreement = await draft('contribution-2026.yaml');
      const views = await Promise.all(
        [company, police].map((actor) => actor.ask(['agreement', 'show', memory.agreement])),
      );
      promise(
        views.every((view) => view['predecessor'] === first),
        'the agreement does not name its predecessor',
      );
      for (const view of views)
        promise(view['state'] === 'in-force', `the agreement is ${view['state']}, not in force`);
      promise(views[0]!['digest'] === views[1]!['digest'], 'the two nodes hold different texts');
      const detail = {
        agreement: memory.agreement,
        predecessor: { id: first, state: firstView['state'] },
        from: views[0]!['from'],
        until: views[0]!['until'],
        digest: views[0]!['digest'],
        signed: views[0]!['signed'],
      };
      return {
        detail,
        lines: [
          `predecessor  ${first}  ${firstView['state']}`,
          `agreement    ${memory.agreement}  in force ${day(detail.from)} to ${day(detail.until)}`,
          `signed by    ${(detail.signed as Json[]).map((entry) => `${entry['name']} (${entry['party']})`).join(', ')}`,
        ],
      };
    },
  },
  {
    name: 'intelligence-imported',
    title: 'The company imports its intelligence; each release class gets its verdict',
    async run({ company, police, intelligence, ownExamples }) {
      // Public feeds carry no markings; the examples do.
      const report = await company.ask([
        'import',
        ...intelligence,
        ...(ownExamples ? [] : ['--unmarked', 'green']),
      ]);
      promise(Number(report['accepted']) > 0, 'nothing was accepted');
      promise(
        !ownExamples || Number(report['refused']) === 0,
        `${report['refused']} of the examples were refused`,
      );
      const verdicts = await company.ask(['verdicts', '--to', police.kid]);
      const classes = verdicts['classes'] as Json[];
      promise(classes.length > 0, 'no release class has a verdict');
      return {
        detail: { ...report, classes },
        lines: [
          `${report['accepted']} objects accepted, ${report['refused']} refused`,
          ...classes.map(
            (entry) =>
              `${String(entry['verdict']).padEnd(5)}  ${String(entry['objects']).padStart(4)} × ${entry['words']}  ${clauses(entry)}`,
          ),
        ],
      };
    },
  },
  {
    name: 'withheld',
    title: 'What no clause releases stays, and so does everything that refers to it',
    async run({ company, police, ownExamples }, memory) {
      const verdicts = await company.ask(['verdicts', '--to', police.kid]);
      const withheld = verdicts['withheld'] as Json[];
      memory.withheld = new Set(withheld.map((entry) => String(entry['id'])));
      promise(!ownExamples || withheld.some((entry) => entry['why'] === 'class'), 'no object is withheld');
      promise(
        !ownExamples || withheld.some((entry) => entry['why'] === 'refers'),
        'nothing is withheld for what it refers to',
      );
      return {
        detail: { withheld },
        lines: withheld.slice(0, 8).map((entry) => `${entry['id']}  ${entry['words']}`),
      };
    },
  },
  {
    name: 'delivered',
    title: 'The police node pulls over TAXII 2.1 and returns a signed receipt',
    async run({ company, police }, memory) {
      const report = await police.ask(['sync', company.kid]);
      promise(report['ok'] === true && Number(report['accepted']) > 0, 'nothing was delivered');
      const held = (await police.run(['object', 'list'])).lines;
      memory.delivered = held.map((object) => String(object['id']));
      for (const object of held) {
        const text = JSON.stringify(object);
        for (const id of memory.withheld)
          promise(!text.includes(id), `${id} is withheld, but ${object['id']} tells of it`);
      }
      const deliveries = (await company.run(['delivery', 'list'])).lines.filter(
        (entry) => entry['direction'] === 'out',
      );
      promise(
        deliveries.length > 0 && deliveries.every((entry) => entry['receiptAt']),
        'a delivery has no receipt',
      );
      return {
        detail: { objects: held.length, deliveries },
        lines: deliveries.map(
          (entry) => `${entry['id']}  ${entry['objects']} objects, receipt ${entry['receiptAt']}`,
        ),
      };
    },
  },
  {
    name: 'exhibits-registered',
    title: 'An investigator registers evidence: hashed as it streams, custody from the first moment',
    async run({ police, evidence }) {
      await police.ask(['case', 'new', CASE]);
      const exhibits = (await police.run(['evidence', 'add', CASE, ...evidence, '--person', INVESTIGATOR]))
        .lines;
      const custody = (await police.run(['evidence', 'custody', CASE])).lines;
      promise(exhibits.length === evidence.length, 'an exhibit is missing');
      promise(
        exhibits.every((exhibit) =>
          custody.some((event) => event['exhibit'] === exhibit['id'] && event['type'] === 'collect'),
        ),
        'an exhibit has no custody event',
      );
      return {
        detail: { exhibits, custodyEvents: custody.length },
        lines: exhibits.map(
          (exhibit) =>
            `exhibit ${exhibit['number']}  ${exhibit['name']}  SHA-256 ${String(exhibit['sha256']).slice(0, 16)}…  collected by ${INVESTIGATOR}`,
        ),
      };
    },
  },
  {
    name: 'findings',
    title: 'Intelligence meets evidence',
    async run({ police, ownExamples }, memory) {
      const { lines: findings } = await police.run([
        'evidence',
        'run',
        CASE,
        '--tool',
        'match',
        '--person',
        INVESTIGATOR,
      ]);
      promise(!ownExamples || findings.length > 0, 'the examples gave no finding');
      promise(
        findings.every((finding) => finding['clause'] && finding['contributor']),
        'a finding has no contributor or clause',
      );
      memory.found = [...new Set(findings.map((finding) => String(finding['indicator'])))];
      return {
        detail: { count: findings.length, findings },
        lines: [
          ...findings
            .slice(0, FINDINGS_SHOWN)
            .map(
              (finding) =>
                `${String(finding['kind']).padEnd(9)} ${finding['value']}  in ${place(finding)}  from ${finding['contributor']} under ${finding['clause']}`,
            ),
          ...(findings.length > FINDINGS_SHOWN ? [`and ${findings.length - FINDINGS_SHOWN} more`] : []),
        ],
      };
    },
  },
  {
    name: 'outcome-returned',
    title: 'The company hears what came of its work',
    async run({ company, police }, memory) {
      const object =
        memory.found[0] ??
        memory.delivered.find((id) => id.startsWith('indicator--')) ??
        memory.delivered[0]!;
      const sent = await police.ask(['outcome', 'send', object, 'under-investigation']);
      const seen = (await company.run(['outcome', 'list'])).lines.find(
        (outcome) => outcome['id'] === sent['id'],
      );
      promise(seen !== undefined, 'the outcome did not arrive');
      return {
        detail: { outcome: seen },
        lines: [`${seen['kind']}  ${seen['object']}  from ${seen['peerName']}`],
      };
    },
  },
  {
    name: 'recalled',
    title: 'The company recalls one object; the police node acts on it and answers',
    async run({ company, police }, memory) {
      const object =
        memory.found.at(-1) ??
        memory.delivered.find((id) => id.startsWith('indicator--')) ??
        memory.delivered[0]!;
      await company.ask(['recall', object, '--reason', 'the server was cleaned and belongs to a victim']);
      await police.run(['sync', company.kid]);
      const status = (await company.run(['recall', 'status'])).lines.find(
        (recall) => recall['object'] === object,
      );
      const peers = (status?.['peers'] ?? []) as Json[];
      promise(peers.length > 0 && peers.every((peer) => peer['answeredAt']), 'the recall has no receipt');
      const held = (await police.run(['object', 'list'])).lines.find((entry) => entry['id'] === object);
      promise(held?.['withdrawnAt'] !== null, 'the police node still uses the recalled object');
      return {
        detail: { object, peers },
        lines: peers.map((peer) => `${object}  withdrawn at ${peer['name']}, answered ${peer['answeredAt']}`),
      };
    },
  },
  {
    name: 'sync-refused-after-end',
    title: 'The agreement is ended; the next pull is refused, with clause and date',
    async run({ company, police }, memory) {
      await company.ask([
        'agreement',
        'end',
        memory.agreement,
        '--ground',
        'security',
        '--reason',
        'end of the demonstration',
      ]);
      const { lines, exit } = await police.run(['sync', company.kid], null);
      const refusal = lines.find((line) => line['ok'] === false)?.['error'] as Json | undefined;
      promise(
        exit === 2 && refusal?.['code'] === 'agreement-denied',
        `the pull was not refused (exit ${exit})`,
      );
      const cited = refusal['clauses'] as Json[];
      promise(
        cited.length > 0 && /\d{4}-\d{2}-\d{2}/.test(String(cited[0]!['words'])),
        'the refusal cites no clause with a date',
      );
      return { detail: { refusal }, lines: [`refused: ${cited[0]!['words']}  (${cited[0]!['path']})`] };
    },
  },
  {
    name: 'ledgers-verified',
    title: 'Both ledgers are rebuilt from their leaves, without the network',
    async run({ company, police }) {
      const verdicts = [];
      for (const actor of [company, police]) {
        const verdict = await actor.ask(['ledger', 'verify']);
        promise(verdict['ok'] === true, `the ledger of ${actor.name} does not verify`);
        verdicts.push({ node: actor.name, leaves: verdict['leaves'] });
      }
      return {
        detail: { verdicts },
        lines: verdicts.map((verdict) => `${verdict.node}  ${verdict.leaves} leaves, all hashes hold`),
      };
    },
  },
  {
    name: 'bundle-verified',
    title: 'The case leaves the house as one file that anyone can verify',
    async run({ police, folder }, memory) {
      memory.bundle = join(folder, 'harbour-freight.zip');
      const made = await police.ask(['evidence', 'bundle', CASE, '--out', memory.bundle]);
      const verdict = await police.ask(['verify', memory.bundle]);
      promise(verdict['ok'] === true, 'the bundle does not verify');
      return {
        detail: { file: memory.bundle, ...made, verdict },
        lines: [
          `${memory.bundle}  ${made['sizeBytes']} bytes`,
          `valid: ${(verdict['checks'] as Json[]).map((check) => check['name']).join(', ')}`,
        ],
      };
    },
  },
  {
    name: 'tamper-detected',
    title: 'One flipped byte in a copy is found',
    async run({ police, folder }, memory) {
      const copy = join(folder, 'tampered.zip');
      await copyFile(memory.bundle, copy);
      const offset = Math.floor((await stat(copy)).size / 3);
      const file = await open(copy, 'r+');
      const byte = Buffer.alloc(1);
      await file.read(byte, 0, 1, offset);
      byte[0]! ^= 0x01;
      await file.write(byte, 0, 1, offset);
      await file.close();
      const { exit, lines } = await police.run(['verify', copy], null);
      promise(
        exit === 1 && lines[0]?.['ok'] === false,
        `the flipped byte at ${offset} was not detected (exit ${exit})`,
      );
      return {
        detail: { offset, cause: lines[0]['cause'] },
        lines: [`byte ${offset} flipped: ${lines[0]['cause']}`],
      };
    },
  },
];

function clauses(entry: Json): string {
  return (entry['clauses'] as Json[]).map((clause) => clause['path']).join(', ');
}

function place(finding: Json): string {
  const container = finding['container'] ? ` › ${finding['container']}` : '';
  const spot =
    finding['where'] === 'content'
      ? `, line ${finding['line']}, byte ${finding['offset']}`
      : ` (its ${finding['where']})`;
  return `${finding['file']}${container}${spot}`;
}

function day(text: unknown): string {
  return String(text).slice(0, 10);
}
