/** A small sound file of each format, made here. */
import { FORMATS, type FormatParser } from '../../src/forensics/index.ts';
import {
  buildDatabase,
  buildEvt,
  buildHive,
  buildLnk,
  buildPrefetch,
  buildRecycled,
  buildUtmp,
  CHROMIUM_HISTORY,
  MESSAGE,
} from './artefact-builder.ts';
import { buildEvtx, processStart } from './evtx-builder.ts';
import { buildPcap, buildPcapng, dnsQuery, ethernet, tcp, udp } from './pcap-builder.ts';

export interface Sample {
  readonly format: FormatParser;
  readonly bytes: Uint8Array;
  /** Records a sound reader finds. */
  readonly records: number;
}

const byName = (name: string) => FORMATS.find((format) => format.name === name)!;
const lines = (...text: string[]) => Buffer.from(`${text.join('\n')}\n`);

const packets = [
  ethernet(udp('10.0.0.5', '10.0.0.1', 40_000, 53, dnsQuery('www.example.org'))),
  ethernet(tcp('10.0.0.5', '192.0.2.7', 40_001, 80, 100, 'S', '')),
  ethernet(tcp('192.0.2.7', '10.0.0.5', 80, 40_001, 500, 'SA', '')),
  ethernet(
    tcp(
      '10.0.0.5',
      '192.0.2.7',
      40_001,
      80,
      101,
      'PA',
      'GET /a?b=c HTTP/1.1\r\nHost: x.example\r\nUser-Agent: t\r\n\r\n',
    ),
  ),
  ethernet(
    tcp('192.0.2.7', '10.0.0.5', 80, 40_001, 501, 'PA', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'),
  ),
];

export const SAMPLES: readonly Sample[] = [
  {
    format: byName('evtx'),
    bytes: buildEvtx([
      [processStart(1, 'whoami'), processStart(2, 'net user'), processStart(3, 'ipconfig', { Extra: 'x' })],
      [processStart(4, 'cmd /c echo')],
    ]),
    records: 4,
  },
  { format: byName('pcap'), bytes: buildPcap(packets), records: packets.length },
  { format: byName('pcapng'), bytes: buildPcapng(packets), records: packets.length },
  { format: byName('lnk'), bytes: buildLnk(), records: 1 },
  { format: byName('prefetch'), bytes: buildPrefetch(), records: 2 },
  {
    format: byName('registry'),
    bytes: buildHive({
      name: 'ROOT',
      keys: [
        { name: 'A', values: { v: [1, Buffer.from('t\0e\0x\0t\0', 'latin1')] }, keys: [{ name: 'B' }] },
        { name: 'C' },
      ],
    }),
    records: 4,
  },
  { format: byName('browser'), bytes: buildDatabase(CHROMIUM_HISTORY).file, records: 2 },
  { format: byName('evt'), bytes: buildEvt(3), records: 3 },
  { format: byName('utmp'), bytes: buildUtmp(3), records: 3 },
  { format: byName('recycle-bin'), bytes: buildRecycled('C:\\Users\\ana\\a.docx'), records: 1 },
  { format: byName('mail'), bytes: Buffer.from(MESSAGE), records: 1 },
  {
    format: byName('bash-history'),
    bytes: lines('#1769860800', 'ls -l', '#1769860801', 'for x in 1; do', 'echo; done'),
    records: 2,
  },
  {
    format: byName('zsh-history'),
    bytes: lines(': 1769860800:0;ls', ': 1769860801:5;sleep \\', '5'),
    records: 2,
  },
  {
    format: byName('fish-history'),
    bytes: lines('- cmd: ls', '  when: 1769860800', '  paths:', '    - a'),
    records: 1,
  },
  {
    format: byName('syslog'),
    bytes: lines(
      'Jan 31 12:00:00 host sshd[12]: Failed password for root from 192.0.2.1 port 22 ssh2',
      '<34>Jan 31 12:00:01 host su: failed',
      '<165>1 2026-01-31T12:00:02.003Z host app 12 ID47 [a@1 b="c \\"d\\""] text',
      '2026-01-31T12:00:03+01:00 host cron[1]: (root) CMD (true)',
    ),
    records: 4,
  },
  {
    format: byName('json-lines'),
    bytes: lines(
      '{"timestamp":"2026-01-31T12:00:00Z","a":{"b":[1,{"c":2}]},"msg":"m"}',
      '{"Event":{"System":{"EventID":1,"Channel":"Security"},"EventData":{"x":"y"}}}',
    ),
    records: 2,
  },
  {
    format: byName('json'),
    bytes: lines('{"Records":[{"eventTime":"2026-01-31T12:00:00Z","eventName":"x"},', '{"eventName":"y"}]}'),
    records: 2,
  },
  {
    format: byName('csv'),
    bytes: lines(
      'TimeCreated,Id,ProviderName,Message',
      '2026-01-31 12:00:00,4624,"Prov","two',
      'lines, ""quoted"""',
      '2026-01-31 12:00:01,4625,Prov,x',
    ),
    records: 2,
  },
  {
    format: byName('access-log'),
    bytes: lines(
      '192.0.2.1 - ana [31/Jan/2026:12:00:00 +0100] "GET /x?y=1 HTTP/1.1" 200 12 "http://r.example/" "agent \\"q\\""',
      '192.0.2.2 - - [31/Jan/2026:12:00:01 +0000] "-" 400 -',
    ),
    records: 2,
  },
  {
    format: byName('squid'),
    bytes: lines(
      '1769860800.123    45 192.0.2.1 TCP_MISS/200 512 GET http://x.example/a.exe - HIER_DIRECT/192.0.2.9 text/html',
    ),
    records: 1,
  },
  {
    format: byName('w3c'),
    bytes: lines(
      '#Software: Microsoft Internet Information Services 10.0',
      '#Fields: date time c-ip cs-method cs-uri-stem cs(User-Agent) sc-status',
      '2026-01-31 12:00:00 192.0.2.1 GET /x agent+x 200',
    ),
    records: 1,
  },
  {
    format: byName('audit'),
    bytes: lines(
      'type=EXECVE msg=audit(1769860800.123:7): argc=2 a0="ls" a1=2F746D702F61',
      'type=USER_AUTH msg=audit(1769860801.5:8): pid=1 msg=\'op=x acct="root" res=failed\'',
    ),
    records: 2,
  },
];
