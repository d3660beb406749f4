import t from 'tap';
import { ownValue, setOwnValue } from '../../src/values/own-value.js';

t.test('an object has what it was given', async (t) => {
  const object: Record<string, number> = { a: 1 };
  t.equal(ownValue(object, 'a'), 1);
  for (const name of ['constructor', 'toString', '__proto__']) {
    t.equal(ownValue(object, name), undefined, name);
    setOwnValue(object, name, 2);
    t.equal(ownValue(object, name), 2, name);
  }
  t.same(Object.keys(object), ['a', 'constructor', 'toString', '__proto__']);
  t.equal(Object.getPrototypeOf(object), Object.prototype);
});
