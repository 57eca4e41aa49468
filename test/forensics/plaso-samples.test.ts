/** Artefacts of others, with the counts of records and warnings that plaso finds in them. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Event, memoryReader, recogniseFormat } from '../../src/forensics/index.ts';
import { sharedData } from '../shared-data.ts';

const folder = sharedData('plaso/files');

/** File, format, records, errors. Files whose every record is one event on both sides. */
const EXPECTED: readonly (readonly [string, string, number, number])[] = [
  ['chrome__Cookies-68.0.3440.106', 'browser', 5, 0],
  ['chrome__History-57.0.2987.133', 'browser', 2, 0],
  ['chrome__History-59.0.3071.86', 'browser', 2, 0],
  ['firefox__firefox_10_cookies.sqlite', 'browser', 13, 0],
  ['safari__History.db', 'browser', 25, 0],
  ['winprefetch__AM_DELTA_PATCH_1.443.990.0.EX-7037CF86.pf', 'prefetch', 2, 0],
  ['winprefetch__CMD.EXE-087B4001.pf', 'prefetch', 2, 0],
  ['winprefetch__ONEDRIVE.EXE-7E152375.pf', 'prefetch', 2, 0],
  ['winprefetch__TASKHOST.EXE-3AE259FC.pf', 'prefetch', 2, 0],
  ['bash_history', 'bash-history', 4, 0],
  ['fish_history', 'fish-history', 10, 0],
  ['zsh_extended_history.txt', 'zsh-history', 4, 0],
  ['recycler__$I103S5F.jpg', 'recycle-bin', 1, 0],
  ['recycler__INFO2', 'recycle-bin', 4, 0],
  ['utmp__utmp', 'utmp', 14, 0],
  ['utmp__utmp_x86_64', 'utmp', 6, 0],
  // Of its 6,501 records, one is the remains of an overwritten one, and recovered.
  ['SysEvent.Evt', 'evt', 6_500, 0],
  ['iis__iis6.log', 'w3c', 12, 0],
  ['iis__iis7_sqli.log', 'w3c', 2, 0],
  ['jsonl__aws_cloudtrail.jsonl', 'json-lines', 6, 0],
  ['selinux.log', 'audit', 7, 4],
  ['syslog__syslog', 'syslog', 16, 1],
  ['syslog__syslog_cron.log', 'syslog', 9, 0],
  ['syslog__syslog_rsyslog', 'syslog', 5, 0],
  ['syslog__syslog_rsyslog_SyslogProtocol23Format', 'syslog', 9, 0],
  ['syslog__syslog_ssh.log', 'syslog', 9, 0],
];

test('samples give the records and errors that are known of them', { skip: folder.skip }, () => {
  for (const [name, format, records, errors] of EXPECTED) {
    const path = join(folder.path, name);
    if (!existsSync(path)) continue;
    const bytes = readFileSync(path);
    const parser = recogniseFormat(bytes.subarray(0, 65_536));
    assert.equal(parser?.name, format, name);
    const events: Event[] = [];
    const account = parser!.parse(memoryReader(bytes), (event) => void events.push(event));
    assert.deepEqual([account.records, account.errors], [records, errors], name);
    assert.equal(events.length, account.events, name);
  }
});
