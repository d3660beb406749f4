import t from 'tap';
import { LabelCache } from '../../src/metrics/string-cache.js';

t.test('labels that occur again are one object, and no input makes the cache large', async (t) => {
  const cache = new LabelCache();
  const first = cache.label('code', '200');
  t.strictSame(first, { name: 'code', value: '200' });
  t.equal(cache.label('code', '200'), first);
  t.not(cache.label('other', '200'), first);
  const long = 'x'.repeat(65);
  t.not(cache.label('code', long), cache.label('code', long), 'long values are not kept');
  for (let index = 0; index < 300; index++) cache.label('host', `h${index}`);
  t.not(cache.label('host', 'h299'), cache.label('host', 'h299'), 'nor more than 256 of a name');
  t.equal(cache.label('host', 'h1'), cache.label('host', 'h1'));
  for (let index = 0; index < 100; index++) cache.label(`n${index}`, 'v');
  t.not(cache.label('n99', 'v'), cache.label('n99', 'v'), 'nor more than 64 names');
  t.strictSame(cache.label('__proto__', 'constructor'), { name: '__proto__', value: 'constructor' });
});
