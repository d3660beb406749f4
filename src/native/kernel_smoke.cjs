// Calls the addon as it should not be called, and then as it should; for .ci/native-check.
const assert = require('node:assert');
const addon = require(process.argv[2]);

const NETLINK_ROUTE = 0;
const request = Buffer.alloc(8, 1);
for (const wrong of [
  undefined,
  null,
  {},
  [],
  'text',
  new Uint8Array(0),
  new Float64Array(2),
  new Uint8Array(5 << 20),
]) {
  assert.throws(() => addon.netlink(NETLINK_ROUTE, wrong), { name: 'TypeError' });
  assert.throws(() => addon.ethtool('lo', wrong), { name: 'TypeError' });
  assert.throws(() => addon.btrfs('/', 31, wrong), { name: 'TypeError' });
}
for (const wrong of [undefined, null, {}, 1, '', 'x'.repeat(16), 'a\0b']) {
  assert.throws(() => addon.ethtool(wrong, request), { name: 'TypeError' });
}
for (const wrong of [undefined, null, {}, 1, '', 'x'.repeat(4096), '/\0']) {
  assert.throws(() => addon.btrfs(wrong, 31, request), { name: 'TypeError' });
}
for (const wrong of [undefined, null, 'x', 0, 1, 50])
  assert.throws(() => addon.btrfs('/', wrong, request), { name: 'TypeError' });
for (const call of [addon.netlink, addon.ethtool, addon.btrfs]) assert.throws(() => call(), { name: 'TypeError' });

const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { tmpdir } = require('node:os');
const { ENOENT, EISDIR } = require('node:os').constants.errno;
for (const wrong of [undefined, null, {}, 1, '', 'x'.repeat(4096), '/\0']) {
  assert.strictEqual(addon.text(wrong, true), undefined);
  assert.strictEqual(addon.text('/proc/stat', wrong), undefined);
}
assert.strictEqual(addon.text(), undefined);
assert.strictEqual(addon.texts(), undefined);
for (const wrong of [undefined, null, {}, 1, '', 'x'.repeat(4096), 'a\0']) {
  assert.strictEqual(addon.texts(wrong, 'stat', false), undefined);
  assert.strictEqual(addon.texts('/proc', wrong, false), undefined);
  assert.strictEqual(addon.texts('/proc', 'stat', wrong), undefined);
}
assert.strictEqual(addon.texts('/no/such/folder', 'a/b', true), undefined);
assert.strictEqual(addon.texts('/proc/stat', 'a/b', true), undefined);
for (let round = 0; round < 2000; round++) {
  const [version, none, empty, folder, again] = addon.texts('/proc', 'version/none//self/version', false);
  assert.match(version, /^Linux/);
  assert.strictEqual(again, version);
  assert.deepStrictEqual([none, empty, folder], [-ENOENT, -ENOENT, EISDIR]);
}
assert.strictEqual(addon.text('/no/such/file', true), -ENOENT);
assert.strictEqual(addon.text('/proc', true), EISDIR);
const scratch = mkdtempSync(join(tmpdir(), 'kernel-smoke-'));
try {
  const file = join(scratch, 'file');
  for (const length of [0, 1, 4095, 4096, 8191, 8192, 8193, 32768, 32769, 1 << 20, 2 << 20, (2 << 20) + 1]) {
    for (const unit of ['a', 'ä', '\u{1f600}']) {
      const content = unit.repeat(Math.ceil(length / Buffer.byteLength(unit)));
      writeFileSync(file, content);
      const expected = Buffer.byteLength(content) < 2 << 20 ? content : undefined;
      for (const endsShort of [true, false])
        assert.ok(addon.text(file, endsShort) === expected, `${length} of ${unit}`);
    }
  }
  writeFileSync(file, Buffer.from([0x61, 0xff, 0xc3, 0x0a]));
  assert.strictEqual(addon.text(file, false), readFileSync(file, 'utf8'));
} finally {
  rmSync(scratch, { recursive: true });
}

/** The header of a netlink message, and `bytes` behind it. */
function message(type, flags, bytes) {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(16 + bytes, 0);
  header.writeUInt16LE(type, 4);
  header.writeUInt16LE(flags, 6);
  return Buffer.concat([header, Buffer.alloc(bytes)]);
}

async function main() {
  const RTM_GETLINK = 18;
  const DUMP = 0x301;
  for (let round = 0; round < 200; round++) {
    const all = await Promise.all([1, 2, 3, 4].map(() => addon.netlink(NETLINK_ROUTE, message(RTM_GETLINK, DUMP, 16))));
    for (const answer of all) assert.ok(answer.length > 16);
    // A command of ethtool that needs more room than it says: the kernel writes past what is returned, and nowhere else.
    const drvinfo = Buffer.alloc(8);
    drvinfo.writeUInt32LE(3, 0);
    await addon.ethtool('lo', drvinfo).catch((error) => assert.strictEqual(error.syscall, 'ioctl'));
    await assert.rejects(addon.ethtool('no-such-device', drvinfo), { code: 'ENODEV', syscall: 'ioctl' });
    await assert.rejects(addon.btrfs('/proc', 31, Buffer.alloc(1024)), { syscall: 'ioctl' });
    await assert.rejects(addon.btrfs('/no/such/folder', 31, Buffer.alloc(1024)), { code: 'ENOENT', syscall: 'open' });
    await assert.rejects(addon.netlink(-1, message(RTM_GETLINK, DUMP, 16)), { syscall: 'socket' });
    // The answer to an invalid request is an error.
    assert.ok((await addon.netlink(NETLINK_ROUTE, message(0xffff, 1, 0))).length >= 20);
  }
  console.log('kernel: done');
}
main();
