import t from 'tap';
import { RefusalTexts } from '../../src/push/push-refusal.js';
import { groupKey } from '../helpers/push/pushed-groups.js';

t.test('the reason of a failure is known as long as it is the last one', async (t) => {
  const texts = new RefusalTexts();
  const key = groupKey({ job: 'a' });
  texts.note(key, { atSeconds: 10, text: 'x'.repeat(600) });
  t.equal(texts.of(key, { lastFailureSeconds: 10 }), `${'x'.repeat(500)}…`);
  t.equal(texts.of(key, { lastFailureSeconds: 11 }), undefined, 'another failure');
  t.equal(texts.of(groupKey({ job: 'b' }), { lastFailureSeconds: 10 }), undefined);
});

t.test('a thousand groups are remembered, the last that failed', async (t) => {
  const texts = new RefusalTexts();
  for (let index = 0; index <= 1000; index++) {
    texts.note(groupKey({ job: String(index) }), { atSeconds: 1, text: 'no' });
  }
  t.equal(texts.of(groupKey({ job: '0' }), { lastFailureSeconds: 1 }), undefined);
  t.equal(texts.of(groupKey({ job: '1' }), { lastFailureSeconds: 1 }), 'no');
  t.equal(texts.of(groupKey({ job: '1000' }), { lastFailureSeconds: 1 }), 'no');
});
