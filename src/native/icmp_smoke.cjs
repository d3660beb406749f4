// Puts the addon (its path is the argument) through what JavaScript can do to it, right and wrong; run under the sanitizers by .ci/native-check
// with --expose-gc. Prints one line and ends with 0 if all is well.
'use strict';
const assert = require('node:assert');
const { Worker, isMainThread, workerData } = require('node:worker_threads');
const path = isMainThread ? process.argv[2] : workerData;
const addon = require(path);
const bytes = new Uint8Array(65536);
const facts = new Float64Array(11);
const peers = new Uint8Array(32);

function openAny(onReadable = () => {}) {
  for (const raw of [false, true]) {
    try {
      return addon.open({ family: 4, raw, ttl: 0, dontFragment: false, source: '' }, onReadable);
    } catch (error) {
      if (error.code !== 'EACCES' && error.code !== 'EPERM') throw error;
    }
  }
  return undefined;
}

function misuse() {
  const options = { family: 4, raw: false, ttl: 0, dontFragment: false, source: '' };
  for (const wrong of [
    undefined,
    null,
    1,
    {},
    { ...options, family: 'x' },
    { ...options, source: 5 },
    { ...options, raw: 0 },
  ]) {
    assert.throws(() => addon.open(wrong, () => {}));
  }
  assert.throws(() => addon.open({ ...options, source: 'x'.repeat(1000) }, () => {}));
  assert.throws(() => addon.open(options));
  for (const wrong of [undefined, null, 1, 'x', {}, [], bytes]) {
    assert.throws(() => addon.send(wrong, '127.0.0.1', bytes));
    assert.throws(() => addon.receive(wrong, bytes, facts, peers));
    assert.throws(() => addon.close(wrong));
  }
}

function misuseSocket(socket) {
  for (const wrong of [undefined, 'x', new Float64Array(1), new ArrayBuffer(8), []]) {
    assert.throws(() => addon.send(socket, '127.0.0.1', wrong));
    assert.throws(() => addon.receive(socket, wrong, facts, peers));
    assert.throws(() => addon.receive(socket, bytes, facts, wrong));
  }
  for (const wrong of ['', 'x'.repeat(1000), '\0', '::1', undefined])
    assert.throws(() => addon.send(socket, wrong, bytes));
  assert.throws(() => addon.receive(socket, bytes, new Float64Array(10), peers));
  assert.throws(() => addon.receive(socket, bytes, facts, new Uint8Array(31)));
  assert.strictEqual(addon.receive(socket, new Uint8Array(0), facts, peers), -1);
  addon.close(socket);
  assert.throws(() => addon.close(socket), { code: 'EBADF' });
  assert.throws(() => addon.send(socket, '127.0.0.1', bytes), { code: 'EBADF' });
  assert.throws(() => addon.receive(socket, bytes, facts, peers), { code: 'EBADF' });
}

const request = Buffer.from('0800f7fd00010001', 'hex');

function ping() {
  return new Promise((resolve) => {
    const socket = openAny(() => {
      const length = addon.receive(socket, bytes, facts, peers);
      addon.close(socket);
      resolve(length);
    });
    addon.send(socket, '127.0.0.1', request);
  });
}

async function main() {
  misuse();
  const socket = openAny();
  if (socket === undefined) return 'no socket can be opened here: only misuse was tried';
  misuseSocket(socket);
  for (let round = 0; round < 200; round++) assert.ok((await ping()) >= 8);
  // Sockets that nobody closes are closed when they are collected.
  for (let round = 0; round < 50; round++) openAny();
  globalThis.gc?.();
  await new Promise((resolve) => setTimeout(resolve, 10));
  return 'pinged, misused, collected';
}

if (isMainThread) {
  main().then(async (said) => {
    const worker = new Worker(__filename, { workerData: path });
    await new Promise((resolve) => worker.once('message', resolve));
    await worker.terminate();
    console.log(`addon: ${said}; a worker with open sockets was ended`);
    // Requests that still wait for replies must not keep the process alive.
    process.exit(0);
  });
} else {
  const held = Array.from({ length: 20 }, () => openAny());
  require('node:worker_threads').parentPort.postMessage(held.length);
}
