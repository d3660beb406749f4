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
for (const wrong of [undefined, null, {}, 1, '', 'x'.repeat(4096), '/\0']) {
  assert.throws(() => addon.files(wrong, Buffer.from('a\0')), { name: 'TypeError' });
}
for (const wrong of [undefined, null, 'a\0', Buffer.alloc(0), Buffer.from('a'), Buffer.alloc(5 << 20)]) {
  assert.throws(() => addon.files('/proc', wrong), { name: 'TypeError' });
}
for (const call of [addon.netlink, addon.ethtool, addon.btrfs, addon.files])
  assert.throws(() => call(), { name: 'TypeError' });

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

/** The lengths of the files of an answer. */
function lengthsOf(answer) {
  const lengths = [];
  for (let offset = 0; offset < answer.length;) {
    const length = Number(answer.readBigInt64LE(offset));
    lengths.push(length);
    offset += 16 + Math.max(0, length);
  }
  return lengths;
}

/** Regular files, in one call as many as have room. */
async function readFiles() {
  const scratch = mkdtempSync(join(tmpdir(), 'kernel-smoke-'));
  try {
    const names = [];
    const lengths = [0, 1, 600_000, 400_000, (1 << 20) - 17, 1 << 20, 3];
    for (const [index, length] of lengths.entries()) writeFileSync(join(scratch, `${index}`), Buffer.alloc(length, 97));
    for (const index of lengths.keys()) names.push(`${index}`);
    names.push('none', '', '.', '/dev/null');
    const got = [];
    while (got.length < names.length) {
      const rest = names.slice(got.length).map((name) => `${name}\0`);
      got.push(...lengthsOf(await addon.files(scratch, Buffer.from(rest.join('')))));
    }
    assert.deepStrictEqual(got, [0, 1, 600_000, 400_000, (1 << 20) - 17, -1, 3, -1, -1, -1, -1]);
  } finally {
    rmSync(scratch, { recursive: true });
  }
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
  for (let round = 0; round < 20; round++) await readFiles();
  await assert.rejects(addon.files('/no/such/folder', Buffer.from('a\0')), { code: 'ENOENT', syscall: 'open' });
  console.log('kernel: done');
}
main();
