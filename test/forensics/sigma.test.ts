/** Sigma rules made here: conditions, modifiers, log sources, correlations, refusals. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Event, type Fields, plainEvent } from '../../src/forensics/index.ts';
import { Correlator, parseRuleFiles, SigmaEngine } from '../../src/forensics/sigma/index.ts';

const START = 1_769_860_800_000_000_000n;

function processEvent(fields: Fields, seconds = 0): Event {
  return plainEvent({
    kind: 'windows-event',
    time: { ns: START + BigInt(seconds) * 1_000_000_000n, precision: 'second', source: 't', zone: 'utc' },
    message: '',
    fields: { Channel: 'Microsoft-Windows-Sysmon/Operational', EventID: 1, ...fields },
    offset: seconds,
    recordId: seconds,
  });
}

const indent = (text: string) => text.replace(/^/gm, '  ');
const rule = (detection: string, head = '') => `title: t
id: r
logsource: {product: windows, category: process_creation}
${head}
detection:
${indent(detection)}`;

/** Whether a rule with this detection hits an event with these fields. */
function hits(detection: string, fields: Fields, options = {}): boolean {
  const set = parseRuleFiles([{ path: 'r.yml', text: rule(detection) }], options);
  assert.deepEqual(set.rejected, []);
  let count = 0;
  new SigmaEngine(set.rules).match(processEvent(fields), () => count++);
  assert.ok(count <= 1);
  return count === 1;
}

function reason(text: string): string {
  const { rejected, rules, correlations } = parseRuleFiles([{ path: 'r.yml', text }]);
  assert.equal(rules.length + correlations.length, 0);
  return rejected[0]!.reason;
}

const one = (line: string) => `s:\n  ${line}\ncondition: s`;

/** Line of a selection, value of the field `CommandLine` (or several fields), whether it hits. */
const CASES: readonly (readonly [string, string | Fields, boolean])[] = [
  ["CommandLine: 'Net User'", 'net user', true],
  ["CommandLine: 'net user'", 'net user x', false],
  ["CommandLine|cased: 'Net'", 'net', false],
  ["CommandLine|contains|cased: 'Net'", 'x Net y', true],
  ["CommandLine: '*admin?.exe'", 'c:\\ADMIN7.exe', true],
  ["CommandLine: '*admin?.exe'", 'c:\\admin.exe', false],
  ["CommandLine: 'a*b*c'", 'a--b--c', true],
  ["CommandLine: 'a*b*c'", 'a--c--b', false],
  ["CommandLine: 'ab*ba'", 'aba', false],
  ["CommandLine: '\\*x'", '*x', true],
  ["CommandLine: '\\*x'", 'yx', false],
  ["CommandLine: '\\\\*x'", '\\abcx', true],
  ["CommandLine: 'C:\\Windows\\*'", 'c:\\windows\\y', false],
  ["CommandLine: 'C:\\Windows\\\\*'", 'c:\\windows\\y', true],
  ["CommandLine|startswith: 'net'", 'NETSH', true],
  ["CommandLine|endswith: '.exe'", 'a.EXE', true],
  ["CommandLine|endswith: '.exe'", 'a.exe x', false],
  ['CommandLine|contains: [one, two]', 'say two', true],
  ['CommandLine|contains|all: [one, two]', 'say two', false],
  ['CommandLine|contains|all: [one, two]', 'one and two', true],
  ["CommandLine|re: 'a{3}\\d$'", 'xaaa1', true],
  ["CommandLine|re: 'A{3}'", 'aaa', false],
  ["CommandLine|re|i: 'A{3}'", 'aaa', true],
  ["CommandLine|re|s: 'a.b'", 'a\nb', true],
  ["CommandLine|re|m: '^b'", 'a\nb', true],
  ["CommandLine|windash|contains: ' -enc'", 'ps /ENC x', true],
  ["CommandLine|windash|contains: ' -enc'", 'ps \u2013enc x', true],
  ["CommandLine|base64: 'ping'", 'cGluZw==', true],
  [
    "CommandLine|base64offset|contains: 'http://'",
    `x ${Buffer.from('ab http://x').toString('base64')}`,
    true,
  ],
  ["CommandLine|base64offset|contains: 'http://'", `x ${Buffer.from('a http://x').toString('base64')}`, true],
  ["CommandLine|base64offset|contains: 'http://'", `x ${Buffer.from('http://x').toString('base64')}`, true],
  [
    "CommandLine|wide|base64offset|contains: 'ping'",
    Buffer.from('x ping y', 'utf16le').toString('base64'),
    true,
  ],
  [
    "CommandLine|utf16be|base64offset|contains: 'ping'",
    Buffer.from('x ping y', 'utf16le').swap16().toString('base64'),
    true,
  ],
  ["CommandLine|utf16|base64: 'cmd'", Buffer.from('\ufeffcmd', 'utf16le').toString('base64'), true],
  ["CommandLine|utf16|base64: 'cmd'", Buffer.from('cmd', 'utf16le').toString('base64'), false],
  ["CommandLine: 'a?c'", 'a\u{1f600}c', true],
  ["CommandLine: 'a??c'", 'a\u{1f600}c', false],
  ["CommandLine: '*?\u{1f600}'", '\u{1f601}\u{1f600}', true],
  ["CommandLine: 'a*??'", 'a\u{1f600}', false],
  ["CommandLine|contains: 'i'", '\u0130x', false],
  ["CommandLine|contains: '\u0130'", 'x\u0130y', true],
  ["CommandLine|contains: 'KO\u03a3'", '\u039c\u0399KO\u03a3A', true],
  ["CommandLine: 'stra\u1e9ee'", 'STRA\u00dfE', true],
  ["Ip|cidr: '::ffff:0:0/96'", { Ip: '::ffff:1.2.3.4' }, true],
  ["Ip|cidr: '::ffff:10.0.0.0/104'", { Ip: '10.200.0.1' }, true],
  ["Ip|cidr: '::ffff:10.0.0.0/104'", { Ip: '11.0.0.1' }, false],
  ['Ip|cidr: 10.0.0.0/8', { Ip: '10.200.0.1' }, true],
  ['Ip|cidr: 10.0.0.0/8', { Ip: '11.0.0.1' }, false],
  ['Ip|cidr: fe80::/10', { Ip: 'FE90::1%eth0' }, true],
  ['Ip|cidr: 10.0.0.0/9', { Ip: '::ffff:10.1.2.3' }, true],
  ['Ip|cidr: 10.0.0.0/8', { Ip: 'not an address' }, false],
  ['N|gt: 5', { N: 6 }, true],
  ['N|gt: 5', { N: '5' }, false],
  ['N|gte: 5', { N: '5' }, true],
  ['N|lt: 5', { N: 4.5 }, true],
  ['N|lte: 5', { N: '' }, false],
  ['N: 4688', { N: '4688' }, true],
  ['Flag: true', { Flag: 'True' }, true],
  ['Flag: true', { Flag: true }, true],
  ['X|exists: true', { X: '' }, true],
  ['X|exists: true', {}, false],
  ['X|exists: false', {}, true],
  ['X: null', {}, true],
  ['X: null', { X: 'y' }, false],
  ["X: ''", { X: '' }, true],
  ["X: ''", {}, false],
  ['Image|fieldref: ParentImage', { Image: 'a', ParentImage: 'A' }, true],
  ['Image|fieldref|endswith: Name', { Image: 'c:\\a.exe', Name: '\\A.EXE' }, true],
  ['Image|fieldref: ParentImage', { Image: 'a' }, false],
  ['Data|contains: two', { Data: ['one', 'two'] }, true],
  ['When|hour: 12', { When: '2026-01-31T12:34:00Z' }, true],
  ['When|day: 30', { When: '2026-01-31T12:34:00Z' }, false],
  ['CommandLine|neq: x', 'y', true],
];

test('modifiers and values mean what the specification says', () => {
  for (const [line, value, expected] of CASES) {
    const fields = typeof value === 'string' ? { CommandLine: value } : value;
    assert.equal(hits(one(line), fields), expected, `${line} on ${JSON.stringify(value)}`);
  }
});

test('conditions join parts by and, or, not, quantifiers and parentheses', () => {
  const parts = ['a', 'b', 'sel_1', 'sel_2', '_hidden']
    .map((name) => `${name}:\n  F|contains: ${name}`)
    .join('\n');
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['a and b', 'a b', true],
    ['a and not b', 'a b', false],
    ['a or b and sel_1', 'a', true],
    ['(a or b) and sel_1', 'a', false],
    ['not (a or b)', 'x', true],
    ['1 of sel_*', 'sel_2', true],
    ['all of sel_*', 'sel_2', false],
    ['all of sel_*', 'sel_1 sel_2', true],
    ['any of them', '_hidden', false],
    ['2 of them', 'a b', true],
    ['3 of them', 'a b', false],
    ['A AND NOT b', 'a', true],
    ['not 1 of sel_* and not a', 'q', true],
  ];
  for (const [condition, value, expected] of cases) {
    const text = `${parts}\ncondition: ${condition.replace(/^A AND NOT/, 'a AND NOT')}`;
    assert.equal(hits(text, { F: value.replaceAll('b', 'b') }), expected, `${condition} on ${value}`);
  }
});

test('keywords are found in any value, all of them where the rule says so', () => {
  assert.equal(hits('keywords:\n  - evil\ncondition: keywords', { Any: 'so EVIL!' }), true);
  assert.equal(
    hits("keywords:\n  '|all':\n    - one\n    - two\ncondition: keywords", { A: 'one', B: 'two' }),
    true,
  );
  assert.equal(hits("keywords:\n  '|all':\n    - one\n    - two\ncondition: keywords", { A: 'one' }), false);
  assert.equal(hits('s:\n  - A: x\n  - B: y\ncondition: s', { B: 'y' }), true);
  assert.equal(hits('k:\n  - foo*bar\ncondition: k', { A: 'foo', B: 'bar' }), false);
  assert.equal(hits('k:\n  - foo?bar\ncondition: k', { A: 'foo', B: 'bar' }), false);
  assert.equal(hits('k:\n  - foo*bar\ncondition: k', { A: ['x', 'FOO and bar'] }), true);
  assert.equal(hits('k:\n  "|cased": Foo\ncondition: k', { A: 'xFoo' }), true);
  assert.equal(hits('k:\n  "|cased": Foo\ncondition: k', { A: 'foo' }), false);
});

test('a keyword is found in the values of a JSON record, not across them in its line', () => {
  const text = rule('k:\n  - foo*bar\ncondition: k').replace(
    /logsource: .*/,
    'logsource: {category: application}',
  );
  const found = (fields: Fields) => {
    const record = {
      kind: 'json',
      time: null,
      message: JSON.stringify(fields),
      fields,
      offset: 0,
      recordId: 0,
    };
    let count = 0;
    new SigmaEngine(parseRuleFiles([{ path: 'r.yml', text }]).rules).match(plainEvent(record), () => count++);
    return count;
  };
  assert.deepEqual([found({ m: 'foo', n: 'bar' }), found({ m: 'foo bar' })], [0, 1]);
});

test('placeholders take the values that are given', () => {
  const text = one("Host|expand: '%dc%'");
  assert.equal(hits(text, { Host: 'dc2' }, { placeholders: { dc: ['dc1', 'dc2'] } }), true);
  assert.match(reason(rule(text)), /placeholder %dc%/);
});

test('what cannot be used is refused with the reason', () => {
  assert.match(reason(rule('a:\n  F: x\nb:\n  F: y\ncondition: a | near b')), /"near".*temporal correlation/);
  assert.match(reason(rule('a:\n  F: x\ncondition: a | count() > 5')), /aggregation/);
  assert.match(reason(rule('a:\n  F|strange: x\ncondition: a')), /unknown modifier "strange"/);
  assert.match(reason(rule("a:\n  F|re: '(a'\ncondition: a")), /regular expression/);
  assert.match(reason(rule('a:\n  F: x\ncondition: b')), /names "b"/);
  assert.match(reason(rule('a:\n  F: x\ncondition: 1 of b*')), /fits no part/);
  assert.match(reason(rule('a:\n  F: x\ncondition: (a')), /parenthesis/);
  assert.match(reason(rule('a:\n  F|cidr: 10.0.0.0/40\ncondition: a')), /no range/);
  assert.match(reason('title: t\nid: x\ndetection: {a: {F: x}, condition: a}'), /no log source/);
  assert.match(reason(rule('a:\n  F|cidr: "::ffff:10.0.0.0/24"\ncondition: a')), /no range/);
  assert.match(reason(rule('a:\n  "|cidr": 10.0.0.0/8\ncondition: a')), /"cidr" needs a field/);
  assert.match(reason('a: [b'), /not YAML/);
  assert.match(
    reason(
      `a: &a [x]\n${Array.from({ length: 20 }, (_, i) => `b${i}: &b${i} [${'*a,'.repeat(20)}]`).join('\n')}`,
    ),
    /not YAML|title/,
  );
  const twins = parseRuleFiles([
    { path: '1.yml', text: rule(one('F: x')) },
    { path: '2.yml', text: rule(one('F: y')) },
  ]);
  assert.match(twins.rejected[0]!.reason, /id is that of a rule in 1.yml/);
});

test('a process start in the Security log answers to the names of Sysmon, and to its own', () => {
  const text = [
    rule(one("Image|endswith: '\\net.exe'")),
    rule(one("NewProcessName|endswith: '\\net.exe'"))
      .replace('id: r', 'id: s')
      .replace('category: process_creation', 'service: security'),
  ].join('\n---\n');
  const set = parseRuleFiles([{ path: 'r.yml', text }]);
  const found: string[] = [];
  const event = processEvent({
    Channel: 'Security',
    EventID: 4688,
    NewProcessName: 'C:\\Windows\\System32\\net.exe',
  });
  new SigmaEngine(set.rules).match(event, ({ id }) => found.push(id));
  assert.deepEqual(found.sort(), ['r', 's']);
});

test('the literal filter never hides a hit: random rules agree with plain evaluation', () => {
  let state = 42;
  const random = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  const words = ['ab', 'ba', 'aab', 'b', 'abba'];
  const word = () => words[random(words.length)]!;
  for (let round = 0; round < 150; round++) {
    const parts = ['s0', 's1', 's2'].map((name) => {
      const modifier = ['', '|contains', '|startswith', '|endswith'][random(4)];
      const field = ['F', 'G'][random(2)];
      return { name, field: field!, modifier: modifier!, values: [word(), word()] };
    });
    const condition = [
      's0 and s1',
      's0 or s1',
      's0 and not s1',
      '1 of s*',
      'all of s*',
      's0 and (s1 or not s2)',
    ][random(6)]!;
    const text = `${parts.map(({ name, field, modifier, values }) => `${name}:\n  ${field}${modifier}: [${values.join(', ')}]`).join('\n')}\ncondition: ${condition}`;
    const fields: Record<string, string> = { F: word() + word(), G: word() };
    const holds = Object.fromEntries(
      parts.map(({ name, field, modifier, values }) => [
        name,
        values.some((value) => {
          const given = fields[field]!;
          if (modifier === '|contains') return given.includes(value);
          if (modifier === '|startswith') return given.startsWith(value);
          return modifier === '|endswith' ? given.endsWith(value) : given === value;
        }),
      ]),
    ) as Record<'s0' | 's1' | 's2', boolean>;
    const { s0, s1, s2 } = holds;
    const expected = {
      's0 and s1': s0 && s1,
      's0 or s1': s0 || s1,
      's0 and not s1': s0 && !s1,
      '1 of s*': s0 || s1 || s2,
      'all of s*': s0 && s1 && s2,
      's0 and (s1 or not s2)': s0 && (s1 || !s2),
    }[condition];
    assert.equal(hits(text, fields), expected, `${text} on ${JSON.stringify(fields)}`);
  }
});

test('every short pattern fits exactly the values that a plain regular expression says, whatever the modifier', () => {
  const pieces = ['a', 'B', '*', '?', '\\', '\u00e9'];
  const texts = (from: readonly string[]) => [
    '',
    ...from,
    ...from.flatMap((a) => from.map((b) => a + b)),
    ...from.flatMap((a) => from.flatMap((b) => from.map((c) => a + b + c))),
  ];
  const values = [...texts(pieces), ...texts(['A', 'b', '\u00c9', '\u{1f600}'])];
  const events = [...new Set(values)].map((value) => processEvent({ F: value }));
  const expressionOf = (pattern: string, modifier: string, isCased: boolean) => {
    const body = pattern.replace(/\\([*?\\])|([*])|([?])|([^*?])/gs, (_, escaped, star, any, plain) =>
      star ? '.*' : any ? '.' : `\\u{${(escaped ?? plain).codePointAt(0).toString(16)}}`,
    );
    const isKeyword = modifier === 'keyword';
    const before = modifier === 'contains' || modifier === 'endswith' || isKeyword ? '' : '^';
    const behind = modifier === 'contains' || modifier === 'startswith' || isKeyword ? '' : '$';
    return new RegExp(`${before}(?:${body})${behind}`, isCased ? 'su' : 'sui');
  };
  const cases: { id: string; expected: RegExp; text: string }[] = [];
  for (const pattern of texts(pieces)) {
    for (const modifier of ['', 'contains', 'startswith', 'endswith', 'keyword']) {
      for (const isCased of [false, true]) {
        const name = [modifier === 'keyword' ? '' : 'F', modifier === 'keyword' ? '' : modifier];
        const key = [name[0], ...name.slice(1).filter(Boolean), ...(isCased ? ['cased'] : [])].join('|');
        const id = `${pattern} ${modifier} ${isCased}`;
        const selection = key === '' ? [pattern] : { [key]: pattern };
        const text = JSON.stringify({
          title: 't',
          id,
          logsource: { product: 'windows' },
          detection: { s: selection, condition: 's' },
        });
        cases.push({ id, expected: expressionOf(pattern, modifier, isCased), text });
      }
    }
  }
  const set = parseRuleFiles(cases.map(({ text }, i) => ({ path: `${i}`, text })));
  assert.deepEqual(set.rejected, []);
  const engine = new SigmaEngine(set.rules);
  for (const event of events) {
    const found = new Set<string>();
    engine.match(event, ({ id }) => found.add(id));
    const given = [event.fields['F'] as string, 'Microsoft-Windows-Sysmon/Operational', '1'];
    for (const { id, expected } of cases) {
      const wanted = id.includes(' keyword ')
        ? given.some((value) => expected.test(value))
        : expected.test(given[0]!);
      if (found.has(id) !== wanted) assert.fail(`${id} on ${JSON.stringify(given[0])}: ${!wanted}`);
    }
  }
});

const base = (id: string, word: string) =>
  rule(one(`CommandLine|contains: ${word}`)).replace('id: r', `id: ${id}\nname: n_${id}`);

function correlate(
  correlation: string,
  events: readonly Event[],
  rules = [base('fail', 'fail'), base('done', 'done')],
) {
  const text = [...rules, `title: c\nid: c\ncorrelation:\n${indent(correlation)}`].join('\n---\n');
  const set = parseRuleFiles([{ path: 'c.yml', text }]);
  assert.deepEqual(set.rejected, []);
  const engine = new SigmaEngine(set.rules);
  const correlator = new Correlator(set.rules, set.correlations);
  for (const event of events) engine.match(event, (hit, of, read) => correlator.add(hit, of, read, 'f'));
  return [...correlator.finish()];
}

const fails = (seconds: readonly number[], user = 'a') =>
  seconds.map((second) => processEvent({ CommandLine: 'fail', User: user }, second));

test('event_count counts within the span and the group, whatever the order of the records', () => {
  const text = 'type: event_count\nrules: [fail]\ngroup-by: [User]\ntimespan: 10s\ncondition: {gte: 3}';
  assert.equal(correlate(text, fails([9, 0, 5])).length, 1);
  assert.equal(correlate(text, fails([0, 5, 11])).length, 0);
  assert.equal(correlate(text, [...fails([0, 1], 'a'), ...fails([2], 'b')]).length, 0);
  const [finding] = correlate(text, fails([0, 5, 9]));
  assert.deepEqual(
    [finding!.count, finding!.group, finding!.places.length, finding!.place.recordId],
    [3, { User: 'a' }, 3, 9],
  );
});

test('one burst gives one finding; the next burst another', () => {
  const text = 'type: event_count\nrules: [fail]\ntimespan: 10s\ncondition: {gte: 3}';
  assert.equal(correlate(text, fails([0, 1, 2, 3, 4])).length, 1);
  assert.equal(correlate(text, fails([0, 1, 2, 100, 101, 102])).length, 2);
});

test('value_count counts distinct values', () => {
  const text = 'type: value_count\nrules: [n_fail]\ntimespan: 1m\ncondition: {gte: 2, field: User}';
  assert.equal(correlate(text, fails([0, 1, 2])).length, 0);
  assert.equal(correlate(text, [...fails([0], 'a'), ...fails([1], 'b')]).length, 1);
});

test('what lacks a field that is grouped by or counted takes no part; several values are not one text', () => {
  const values = 'type: value_count\nrules: [fail]\ntimespan: 1m\ncondition: {gte: 2, field: User}';
  assert.equal(correlate(values, [...fails([0]), processEvent({ CommandLine: 'fail' }, 1)]).length, 0);
  const temporal = 'type: temporal\nrules: [fail, done]\ngroup-by: [User]\ntimespan: 10s';
  const without = ['fail', 'done'].map((word, i) => processEvent({ CommandLine: word }, i));
  assert.equal(correlate(temporal, without).length, 0);
  const count = 'type: event_count\nrules: [fail]\ngroup-by: [User]\ntimespan: 10s\ncondition: {gte: 2}';
  const users = [['a', 'b'], 'a,b'].map((User, i) => processEvent({ CommandLine: 'fail', User }, i));
  assert.equal(correlate(count, users).length, 0);
  assert.equal(correlate(count, [users[0]!, users[0]!])[0]!.group['User'], 'a,b');
});

test('a rule that a correlation names twice is wanted twice, by two events', () => {
  const temporal = 'type: temporal\nrules: [fail, n_fail]\ntimespan: 10s';
  assert.equal(correlate(temporal, fails([0])).length, 0);
  assert.equal(correlate(temporal, fails([0, 1])).length, 1);
  assert.equal(correlate(temporal.replace('temporal', 'temporal_ordered'), fails([0])).length, 0);
  const count = 'type: event_count\nrules: [fail, fail]\ntimespan: 10s\ncondition: {gte: 2}';
  assert.equal(correlate(count, fails([0])).length, 0);
});

test('a condition that a further hit can end is judged once, when its span is over', () => {
  const seconds = (condition: string, at: readonly number[], kind = 'event_count') =>
    correlate(`type: ${kind}\nrules: [fail]\ntimespan: 10s\ncondition: ${condition}`, fails(at)).map(
      ({ place, count }) => [place.recordId, count],
    );
  assert.deepEqual(seconds('{lt: 3}', [0, 1, 2, 3]), []);
  assert.deepEqual(seconds('{lt: 3}', [0, 1, 20, 21, 22, 40]), [
    [1, 2],
    [40, 1],
  ]);
  assert.deepEqual(seconds('{lte: 2}', [0, 1]), [[1, 2]]);
  assert.deepEqual(seconds('{eq: 2}', [0, 1, 2]), []);
  assert.deepEqual(seconds('{eq: 2}', [0, 10, 11]), [[10, 2]]);
  assert.deepEqual(seconds('{neq: 2}', [0, 1, 20]), [[20, 1]]);
  assert.deepEqual(seconds('{gte: 2, lte: 3}', [0, 1, 2, 3, 4]), []);
  assert.deepEqual(seconds('{gte: 2, lte: 3}', [0, 1, 2]), [[2, 3]]);
  assert.deepEqual(seconds('{field: User, eq: 1}', [0, 1], 'value_count'), [[1, 1]]);
  assert.deepEqual(seconds('{gt: 1, gte: 2}', [0, 1, 2, 3]), [
    [1, 2],
    [3, 2],
  ]);
});

test('a rule needs no id: it goes by its name, or by its content', () => {
  const bare = rule(one('F: x')).replace('id: r\n', '');
  const load = (text: string, path: string) => parseRuleFiles([{ path, text }]).rules[0]!.id;
  assert.equal(load(bare, 'a.yml'), load(bare, 'b.yml'));
  assert.notEqual(load(bare, 'a.yml'), load(bare.replace('F: x', 'F: y'), 'a.yml'));
  assert.equal(load(`name: n\n${bare}`, 'a.yml'), 'n');
});

test('temporal wants all rules in the span, temporal_ordered in their order', () => {
  const done = (second: number) => processEvent({ CommandLine: 'done', User: 'a' }, second);
  const text = 'type: temporal\nrules: [fail, done]\ngroup-by: [User]\ntimespan: 10s';
  assert.equal(correlate(text, [done(0), ...fails([5])]).length, 1);
  assert.equal(correlate(text, [done(0), ...fails([15])]).length, 0);
  const ordered = text.replace('temporal', 'temporal_ordered');
  assert.equal(correlate(ordered, [done(0), ...fails([5])]).length, 0);
  assert.equal(correlate(ordered, [...fails([0]), done(5)]).length, 1);
});

test('aliases name the field of each rule; correlations can refer to correlations; circles are refused', () => {
  const text =
    'type: temporal\nrules: [fail, done]\ngroup-by: [who]\ntimespan: 10s\naliases: {who: {fail: User, done: Target}}';
  const done = processEvent({ CommandLine: 'done', Target: 'a' }, 3);
  assert.equal(correlate(text, [...fails([0]), done]).length, 1);
  const chain = `type: event_count\nrules: [inner]\ntimespan: 1h\ncondition: {gte: 2}`;
  const inner =
    'title: i\nid: inner\ncorrelation: {type: event_count, rules: [fail], timespan: 10s, condition: {gte: 2}}';
  assert.equal(correlate(chain, fails([0, 1, 100, 101]), [base('fail', 'fail'), inner]).length, 1);
  const circle = parseRuleFiles([
    {
      path: 'x.yml',
      text: 'title: x\nid: x\ncorrelation: {type: temporal, rules: [y], timespan: 1s}\n---\ntitle: y\nid: y\ncorrelation: {type: temporal, rules: [x], timespan: 1s}',
    },
  ]);
  assert.equal(circle.rejected.length, 2);
});
