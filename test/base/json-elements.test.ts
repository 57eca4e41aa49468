import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeUtf8,
  EntenteError,
  JsonElementSplitter,
  parseJsonPiece,
  repeatsMember,
  splitJsonElements,
  streamJsonElements,
  utf8,
} from '../../src/base/index.ts';

/** Cuts at every `size` bytes. */
function* chunked(text: string, size: number): Generator<Uint8Array> {
  const bytes = utf8(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const split = (text: string, size = 1 << 20, options = {}) =>
  [...splitJsonElements(chunked(text, size), { array: 'objects', ...options })].map((piece) => ({
    ...piece,
    bytes: decodeUtf8(piece.bytes),
  }));

const codeOf = (run: () => unknown): [string, number | undefined] => {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof EntenteError, String(error));
    return [error.code, error.offset];
  }
  assert.fail('nothing was thrown');
};

test('gives every element and every other member, wherever the chunks are cut', () => {
  const text =
    ' {"type" : "bundle","x":{"objects":[1]}, "objects" : [ {"a":"]}\\"é😀"} ,[1,[2]], "s\\\\", 12 ,true], "id":"b" } \n';
  const whole = split(text);
  assert.deepEqual(
    whole.map((piece) => [piece.kind, piece.kind === 'member' ? piece.name : piece.index, piece.bytes]),
    [
      ['member', 'type', '"bundle"'],
      ['member', 'x', '{"objects":[1]}'],
      ['element', 0, '{"a":"]}\\"é😀"}'],
      ['element', 1, '[1,[2]]'],
      ['element', 2, '"s\\\\"'],
      ['element', 3, '12'],
      ['element', 4, 'true'],
      ['member', 'id', '"b"'],
    ],
  );
  const bytes = utf8(text);
  for (const piece of whole) {
    const length = utf8(piece.bytes).length;
    assert.equal(decodeUtf8(bytes.subarray(piece.offset, piece.offset + length)), piece.bytes);
  }
  for (let size = 1; size < 20; size++) assert.deepEqual(split(text, size), whole);
});

test('splits a document that is itself an array, an empty one, and one without the array', () => {
  assert.deepEqual(
    split('[1,{"a":2}]').map((piece) => piece.bytes),
    ['1', '{"a":2}'],
  );
  assert.deepEqual(split('[]'), []);
  assert.deepEqual(split('{}'), []);
  assert.deepEqual(split('{"objects":[]}'), []);
  const splitter = new JsonElementSplitter({ array: 'objects' });
  const pieces = [...splitter.push(utf8('\u{feff}{"objects": {"0": {}}}'))];
  splitter.end();
  assert.equal(pieces[0]?.kind, 'member');
  assert.equal(splitter.arraySeen, false);
  assert.equal(splitter.root, 'object');
});

test('refuses what is no JSON frame, with the byte offset', () => {
  const cases: [string, number][] = [
    ['', 0],
    ['"text"', 0],
    ['{"objects":[1,]}', 14],
    ['{"objects":[,1]}', 12],
    ['{"objects":[1 2]}', 14],
    ['{"objects":[1]', 14],
    ['{"objects":[{"a":"b', 19],
    ['{"objects":[1]} x', 16],
    ['{"é":1,}', 8],
    ['{"a" 1}', 5],
    ['{1:2}', 1],
    ['{"objects":[1],"objects":[2]}', 25],
    ['{"objects":{},"\\u006fbjects":[2]}', 29],
  ];
  for (const [text, offset] of cases) {
    for (const size of [1, 1000])
      assert.deepEqual(
        codeOf(() => split(text, size)),
        ['json-syntax', offset],
        text,
      );
  }
});

test('bounds depth, length and count before holding anything', () => {
  assert.deepEqual(
    codeOf(() => split(`{"objects":[${'['.repeat(1000)}`, 7)),
    ['json-limit', 12 + 64],
  );
  assert.deepEqual(
    codeOf(() => split(`{"objects":["${'x'.repeat(1000)}"]}`, 10, { valueBytesMax: 100 })),
    ['json-limit', 12],
  );
  assert.equal(codeOf(() => split('[1,2,3]', 10, { elementsMax: 2 }))[0], 'json-limit');
  const members = Array.from({ length: 5000 }, (_, i) => `"m${i}":1`).join(',');
  assert.equal(codeOf(() => split(`{${members}}`))[0], 'json-limit');
});

test('ends a two-gigabyte line at the bound without reading on', () => {
  let pulled = 0;
  function* endless(): Generator<Uint8Array> {
    yield utf8('{"objects":["');
    const chunk = new Uint8Array(1 << 20).fill(0x78);
    for (; pulled < 2048; pulled++) yield chunk;
  }
  assert.equal(codeOf(() => [...splitJsonElements(endless(), { array: 'objects' })])[0], 'json-limit');
  assert.ok(pulled <= 17, `${pulled} MiB were read`);
});

test('reads a slice and names the byte of a fault', () => {
  assert.deepEqual(parseJsonPiece({ bytes: utf8('{"a":1}'), offset: 5 }), {
    text: '{"a":1}',
    value: { a: 1 },
  });
  assert.deepEqual(
    codeOf(() => parseJsonPiece({ bytes: utf8('{"é":x}'), offset: 10 })),
    ['json-syntax', 16],
  );
  assert.deepEqual(
    codeOf(() => parseJsonPiece({ bytes: new Uint8Array([0x22, 0xff, 0x22]), offset: 3 })),
    ['json-syntax', 3],
  );
});

test('finds the first forbidden character of a broken slice', () => {
  const cases: [string, number][] = [
    ['{"a":1,}', 7],
    ['[1,]', 3],
    ['[1}', 2],
    ['{"a":[1,{"b":01}]}', 14],
    ['["\\x"]', 2],
    ['["ab\\ncd', 8],
    ['["a\n"]', 3],
    ['{"a" "b"}', 5],
    ['nul', 0],
    ['[] 1', 3],
    ['{"a":', 5],
    ['{,}', 1],
  ];
  for (const [text, offset] of cases) {
    assert.deepEqual(
      codeOf(() => parseJsonPiece({ bytes: utf8(text), offset: 0 })),
      ['json-syntax', offset],
      text,
    );
  }
});

test('tells an object that has two members of one name, however written and however deep', () => {
  const repeats = (text: string) => {
    const [piece] = splitJsonElements([utf8(`[${text}]`)], { array: 'objects' });
    assert.ok(piece?.kind === 'element');
    return repeatsMember(piece, parseJsonPiece(piece).value);
  };
  assert.equal(repeats('{"a":1,"b":{"a":2},"c":[{"a":"x:y"}],"d":"\\":1","__proto__":{"a":1}}'), false);
  assert.equal(repeats('12'), false);
  assert.equal(repeats('{"a":1,"a":2}'), true);
  assert.equal(repeats('{"a":1,"\\u0061" : 2}'), true);
  assert.equal(repeats('[{"b":[{"a":1,"c":{},"a":1}]}]'), true);
  assert.equal(repeats('{"__proto__":1,"__proto__":2}'), true);
});

test('streams chunks that arrive over time', async () => {
  async function* arriving() {
    for (const chunk of chunked('{"objects":[{"a":1},{"b":2}]}', 4)) yield chunk;
  }
  const seen: string[] = [];
  for await (const piece of streamJsonElements(arriving(), { array: 'objects' }))
    seen.push(decodeUtf8(piece.bytes));
  assert.deepEqual(seen, ['{"a":1}', '{"b":2}']);
});
