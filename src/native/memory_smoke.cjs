// Calls the addon; for .ci/native-check.
const assert = require('node:assert');
const addon = require(process.argv[2]);

for (let round = 0; round < 100; round++) {
  Buffer.alloc(1_000_000, 1);
  assert.equal(typeof addon.trim(round), 'boolean');
  assert.ok(addon.unmap(round) > 0);
}
console.log('memory: done');
