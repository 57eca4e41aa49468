/** Writes small MaxMind DB files for tests: an IPv4 tree with 24-bit records, one country or network a leaf. */

type Node = [Node | string | null, Node | string | null];

function text(value: string): number[] {
  const bytes = [...Buffer.from(value)];
  return bytes.length < 29 ? [0x40 | bytes.length, ...bytes] : [0x5d, bytes.length - 29, ...bytes];
}

function uint(value: number, type: 5 | 6 | 9): number[] {
  const bytes: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return type === 9 ? [bytes.length, 2, ...bytes] : [(type << 5) | bytes.length, ...bytes];
}

/** CIDR → country, a leaf is `{country_code: CODE}`; or → `AS64500 Owner`, a leaf is the network's number and organisation. */
export function writeMmdb(
  countries: Readonly<Record<string, string>>,
  options: { type?: string; builtAt?: string } = {},
): Uint8Array {
  const root: Node = [null, null];
  for (const [cidr, code] of Object.entries(countries)) {
    const [address, prefix] = cidr.split('/') as [string, string];
    const bits = address
      .split('.')
      .map((part) => Number(part).toString(2).padStart(8, '0'))
      .join('')
      .slice(0, Number(prefix));
    let node = root;
    for (const [i, bit] of [...bits].entries()) {
      const side = bit === '1' ? 1 : 0;
      if (i === bits.length - 1) node[side] = code;
      else {
        if (!Array.isArray(node[side])) node[side] = [null, null];
        node = node[side];
      }
    }
  }
  const nodes: Node[] = [];
  const number = new Map<Node, number>();
  const visit = (node: Node): void => {
    number.set(node, nodes.length);
    nodes.push(node);
    for (const side of node) if (Array.isArray(side)) visit(side);
  };
  visit(root);
  const data: number[] = [];
  const offsets = new Map<string, number>();
  for (const code of new Set(Object.values(countries))) {
    offsets.set(code, data.length);
    const [, asn, owner] = /^AS(\d+) (.*)$/.exec(code) ?? [];
    if (asn !== undefined)
      data.push(
        ...[0xe2, ...text('autonomous_system_number'), ...uint(Number(asn), 6)],
        ...[...text('autonomous_system_organization'), ...text(owner!)],
      );
    else data.push(0xe1, ...text('country_code'), ...text(code));
  }
  const record = (side: Node | string | null): number =>
    side === null
      ? nodes.length
      : typeof side === 'string'
        ? nodes.length + 16 + offsets.get(side)!
        : number.get(side)!;
  const tree = nodes.flatMap((node) =>
    node.flatMap((side) => {
      const value = record(side);
      return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
    }),
  );
  const metadata = [
    ...[0xe5, ...text('node_count'), ...uint(nodes.length, 6)],
    ...[...text('record_size'), ...uint(24, 5)],
    ...[...text('ip_version'), ...uint(4, 5)],
    ...[...text('database_type'), ...text(options.type ?? 'country')],
    ...[...text('build_epoch'), ...uint(Date.parse(options.builtAt ?? '2026-11-01T00:00:00Z') / 1000, 9)],
  ];
  const mark = [0xab, 0xcd, 0xef, ...Buffer.from('MaxMind.com')];
  return Uint8Array.from([...tree, ...new Array(16).fill(0), ...data, ...mark, ...metadata]);
}

/** `11.0.0.1` → four characters. */
export function bytesOf(address: string): string {
  return String.fromCharCode(...address.split('.').map(Number));
}
