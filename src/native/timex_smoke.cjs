// Calls the addon as it should not be called, and then as it should; for .ci/native-check.
const assert = require('node:assert');
const addon = require(process.argv[2]);

for (const wrong of [undefined, null, 1, {}, [], new Float64Array(15), new Uint8Array(128), new Float32Array(16)]) {
  assert.throws(() => addon.read(wrong), { name: 'TypeError' });
}
assert.throws(() => addon.read(), { name: 'TypeError' });
for (let round = 0; round < 1000; round++) {
  const facts = new Float64Array(17).fill(NaN);
  try {
    const state = addon.read(facts);
    assert.ok(state >= 0 && state <= 5, `state ${state}`);
    assert.ok(facts.subarray(0, 16).every(Number.isFinite), 'all is filled in');
    assert.ok(Number.isNaN(facts[16]), 'nothing beyond');
  } catch (error) {
    // Containers may forbid the call.
    assert.ok(['EPERM', 'ENOSYS'].includes(error.code), String(error));
  }
}
console.log('timex: done');
