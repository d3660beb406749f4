import t from 'tap';
import { countText } from '../../../src/http/pages/count-text.js';

t.test('whole numbers have commas between thousands', async (t) => {
  for (const count of [0, 7, 999, 1000, 12_345, 999_999, 1_000_000, Number.MAX_SAFE_INTEGER])
    t.equal(countText(count), count.toLocaleString('en'));
});
