/** Policies of all agreements are asked together; none of them answers for another. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CedarQuestion, openPolicy } from '../../src/agreement/cedar.ts';
import type { EntenteError } from '../../src/base/index.ts';

const asked = (tlp: number) =>
  new CedarQuestion({ principal: 'a', action: 'release', context: { tlp, purpose: 'investigation' } });
const internal = (error: EntenteError) => error.code === 'internal';

test('a policy that cannot be parsed stops whoever asks it, and the others of its family answer', () => {
  const sound = openPolicy({ effect: 'forbid', when: 'context.tlp > 2' });
  const broken = openPolicy({ effect: 'forbid', when: 'context.tlp > (' });
  const other = openPolicy({ effect: 'forbid', when: 'context.tlp < 2' });
  for (const tlp of [1, 3]) {
    assert.equal(sound(asked(tlp)), tlp > 2);
    assert.equal(other(asked(tlp)), tlp < 2);
    assert.throws(() => broken(asked(tlp)), internal);
  }
});

test('a text that is two policies answers for none, and shifts no other', () => {
  const before = openPolicy({ effect: 'forbid', when: 'context.tlp == 7' });
  const two = openPolicy({
    effect: 'forbid',
    when: 'context.tlp == 8 }; forbid (principal, action, resource) when { context.tlp == 9',
  });
  const after = openPolicy({ effect: 'forbid', when: 'context.tlp == 10' });
  for (const tlp of [7, 8, 9, 10]) {
    assert.deepEqual([before(asked(tlp)), after(asked(tlp))], [tlp === 7, tlp === 10]);
    assert.throws(() => two(asked(tlp)), internal);
  }
});

test('a policy that cannot be evaluated stops whoever asks it, and never counts as one that does not hold', () => {
  const sound = openPolicy({ effect: 'forbid', when: 'context.purpose == "investigation"' });
  const broken = openPolicy({ effect: 'forbid', when: 'context.purpose > 3' });
  assert.equal(sound(asked(1)), true);
  assert.throws(() => broken(asked(1)), internal);
});

test('policies that come after a question are asked too, and an equal one is asked once', () => {
  const first = openPolicy({ effect: 'forbid', when: 'context.tlp > 0' });
  assert.equal(first(asked(1)), true);
  const later = openPolicy({ effect: 'forbid', when: 'context.tlp > 1' });
  assert.deepEqual([later(asked(1)), later(asked(2))], [false, true]);
  assert.equal(openPolicy({ effect: 'forbid', when: 'context.tlp > 0' }), first);
});
