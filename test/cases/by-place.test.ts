import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byPlace, type Finding } from '../../src/cases/index.ts';

const finding = (offset: number, contributor: string, indicator: string): Finding => ({
  run: 'run--1',
  exhibit: 'exhibit--1',
  exhibitNumber: 1,
  sha256: 'a',
  file: 'proxy.log',
  container: '',
  where: 'content',
  offset,
  length: 11,
  line: 1,
  kind: 'domain',
  value: 'a.example',
  matched: 'a.example',
  indicator,
  name: 'a.example',
  contributor,
  contributorKey: contributor,
  agreement: null,
  clause: contributor === 'Us' ? 'own intelligence' : 'flows[0]',
});

test('findings at one place are one find with several contributors; places stay apart', () => {
  const finds = byPlace([
    finding(5, 'Northlight', 'indicator--1'),
    finding(5, 'Us', 'indicator--2'),
    finding(5, 'Northlight', 'indicator--3'),
    finding(90, 'Us', 'indicator--2'),
  ]);
  assert.deepEqual(
    finds.map(({ finding: { offset }, contributors, clauses, findings }) => [
      offset,
      contributors,
      clauses,
      findings,
    ]),
    [
      [5, ['Northlight', 'Us'], ['flows[0]', 'own intelligence'], 3],
      [90, ['Us'], ['own intelligence'], 1],
    ],
  );
});
