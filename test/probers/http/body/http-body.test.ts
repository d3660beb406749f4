import zlib from 'node:zlib';
import t from 'tap';
import { ProbeFailure } from '../../../../src/probe/failure.js';
import { ProbeAbort } from '../../../../src/probe/probe-abort.js';
import {
  type BodyOptions,
  type BodyResult,
  type BodySource,
  readBody,
} from '../../../../src/probers/http/body/http-body.js';

const HELLO = Buffer.from('hello world');
const GZIP = zlib.gzipSync(HELLO);
const DEFLATE = zlib.deflateRawSync(HELLO);
const BROTLI = zlib.brotliCompressSync(HELLO);

const UNREADABLE = 'Failed to read HTTP response body';
const NO_DECOMPRESSOR = 'Failed to get decompressor for HTTP response body';

function sourceOf(...chunks: readonly (Buffer | Error)[]): BodySource & { readonly left: () => number } {
  const rest = [...chunks];
  return {
    read: async () => {
      const next = rest.shift();
      if (next instanceof Error) throw next;
      return next;
    },
    left: () => rest.length,
  };
}

function read(source: BodySource, options: Partial<BodyOptions> = {}, signal?: AbortSignal): Promise<BodyResult> {
  const defaults = { compression: '', limitBytes: 0, hold: true, holdLimitBytes: 1_000_000 };
  return readBody(source, { ...defaults, ...options }, signal ?? new AbortController().signal);
}

function withByte(bytes: Buffer, index: number, change: number): Buffer {
  const copy = Buffer.from(bytes);
  const at = index < 0 ? copy.length + index : index;
  copy[at] = (copy[at] ?? 0) ^ change;
  return copy;
}

/** A gzip member with every optional header field. */
function fullHeader(): Buffer {
  const head = Buffer.concat([
    Buffer.from([0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3]),
    Buffer.from([4, 0]),
    Buffer.from('xtra'),
    Buffer.from('file.txt\0a comment\0'),
  ]);
  const crc = Buffer.alloc(2);
  crc.writeUInt16LE(zlib.crc32(head) & 0xffff);
  return Buffer.concat([head, crc, GZIP.subarray(10)]);
}

const good: readonly { name: string; compression: string; body: Buffer; text?: string }[] = [
  { name: 'no compression', compression: '', body: HELLO },
  { name: 'identity', compression: 'Identity', body: HELLO },
  { name: 'gzip', compression: 'gzip', body: GZIP },
  { name: 'any letter case', compression: 'GZip', body: GZIP },
  {
    name: 'gzip of several members',
    compression: 'gzip',
    body: Buffer.concat([GZIP, GZIP, zlib.gzipSync('!')]),
    text: 'hello worldhello world!',
  },
  { name: 'gzip of an empty member', compression: 'gzip', body: Buffer.concat([zlib.gzipSync(''), GZIP]) },
  { name: 'gzip with all header fields', compression: 'gzip', body: fullHeader() },
  { name: 'raw deflate', compression: 'deflate', body: DEFLATE },
  { name: 'deflate ignores what follows', compression: 'deflate', body: Buffer.concat([DEFLATE, Buffer.from('xx')]) },
  { name: 'brotli', compression: 'br', body: BROTLI },
];

t.test('a body is decompressed as the module says', async (t) => {
  for (const { name, compression, body, text = 'hello world' } of good) {
    for (const [cut, chunks] of [
      ['whole', [body]],
      ['byte by byte', [...body].map((byte) => Buffer.from([byte]))],
    ] as const) {
      const result = await read(sourceOf(...chunks), { compression });
      t.equal(result.failure, undefined, `${name}, ${cut}`);
      t.equal(result.held?.toString(), text, `${name}, ${cut}: bytes`);
      t.equal(result.lengthBytes, text.length, `${name}, ${cut}: length`);
    }
  }
});

const bad: readonly {
  name: string;
  compression: string;
  body: Buffer;
  message?: string;
  err: string;
  held?: string;
}[] = [
  {
    name: 'gzip with garbage after it',
    compression: 'gzip',
    body: Buffer.concat([GZIP, Buffer.from('garbage')]),
    err: 'unexpected EOF',
  },
  {
    name: 'gzip with long garbage after it',
    compression: 'gzip',
    body: Buffer.concat([GZIP, Buffer.alloc(20, 'g')]),
    err: 'gzip: invalid header',
  },
  {
    name: 'gzip with zeroes after it',
    compression: 'gzip',
    body: Buffer.concat([GZIP, Buffer.alloc(7)]),
    err: 'unexpected EOF',
  },
  {
    name: 'gzip with another checksum',
    compression: 'gzip',
    body: withByte(GZIP, -6, 1),
    err: 'gzip: invalid checksum',
  },
  { name: 'gzip with another length', compression: 'gzip', body: withByte(GZIP, -2, 1), err: 'gzip: invalid checksum' },
  { name: 'gzip cut in its trailer', compression: 'gzip', body: GZIP.subarray(0, -5), err: 'unexpected EOF' },
  { name: 'gzip cut in its data', compression: 'gzip', body: GZIP.subarray(0, 14), err: 'unexpected EOF', held: 'hel' },
  {
    name: 'gzip cut in its header',
    compression: 'gzip',
    body: GZIP.subarray(0, 5),
    message: NO_DECOMPRESSOR,
    err: 'unexpected EOF',
    held: '',
  },
  {
    name: 'gzip with an overlong name',
    compression: 'gzip',
    body: Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3]), Buffer.alloc(600, 'n')]),
    message: NO_DECOMPRESSOR,
    err: 'gzip: invalid header',
    held: '',
  },
  {
    name: 'gzip with a bad header checksum',
    compression: 'gzip',
    body: withByte(fullHeader(), 13, 1),
    message: NO_DECOMPRESSOR,
    err: 'gzip: invalid header',
    held: '',
  },
  {
    name: 'no gzip at all',
    compression: 'gzip',
    body: HELLO,
    message: NO_DECOMPRESSOR,
    err: 'gzip: invalid header',
    held: '',
  },
  {
    name: 'an empty body as gzip',
    compression: 'gzip',
    body: Buffer.alloc(0),
    message: NO_DECOMPRESSOR,
    err: 'EOF',
    held: '',
  },
  {
    name: 'a second member that is cut',
    compression: 'gzip',
    body: Buffer.concat([GZIP, GZIP.subarray(0, 6)]),
    err: 'unexpected EOF',
  },
  {
    name: 'deflate cut',
    compression: 'deflate',
    body: DEFLATE.subarray(0, -3),
    err: 'unexpected EOF',
    held: 'hello wor',
  },
  { name: 'an empty body as deflate', compression: 'deflate', body: Buffer.alloc(0), err: 'unexpected EOF', held: '' },
  {
    name: 'zlib where raw deflate is wanted',
    compression: 'deflate',
    body: zlib.deflateSync(HELLO),
    err: 'flate: corrupt input: invalid stored block lengths',
    held: '',
  },
  { name: 'brotli cut', compression: 'br', body: BROTLI.subarray(0, -3), err: 'unexpected EOF', held: 'hello wor' },
  {
    name: 'brotli with garbage after it',
    compression: 'br',
    body: Buffer.concat([BROTLI, Buffer.from('xx')]),
    err: 'brotli: excessive input',
  },
  { name: 'no brotli at all', compression: 'br', body: HELLO, err: 'brotli: CL_SPACE', held: '' },
  { name: 'an empty body as brotli', compression: 'br', body: Buffer.alloc(0), err: 'unexpected EOF', held: '' },
];

t.test('a body that is not what its compression says fails, and what came before stays counted', async (t) => {
  for (const { name, compression, body, message = UNREADABLE, err, held = 'hello world' } of bad) {
    for (const [cut, chunks] of [
      ['whole', [body]],
      ['byte by byte', [...body].map((byte) => Buffer.from([byte]))],
    ] as const) {
      const { failure, ...result } = await read(sourceOf(...chunks), { compression });
      t.match(
        failure,
        { phase: 'transfer', reason: 'body_decompression_failed', message, fields: { err } },
        `${name}, ${cut}`,
      );
      t.equal(result.held?.toString(), held, `${name}, ${cut}: bytes`);
      t.equal(result.lengthBytes, held.length, `${name}, ${cut}: length`);
    }
  }
});

t.test('an unknown compression fails, but the body is counted as it is', async (t) => {
  const result = await read(sourceOf(GZIP, GZIP), { compression: 'zstd' });
  t.equal(result.lengthBytes, 2 * GZIP.length);
  t.equal(result.held, undefined);
  t.match(result.failure, { message: NO_DECOMPRESSOR, fields: { err: 'unsupported compression algorithm' } });
});

t.test('limits', async (t) => {
  const tooLarge = { phase: 'transfer', reason: 'body_too_large', message: UNREADABLE };
  const rows = [
    { name: 'exactly the limit', chunks: [HELLO], options: { limitBytes: 11 }, length: 11 },
    {
      name: 'one more byte',
      chunks: [HELLO],
      options: { limitBytes: 10 },
      length: 10,
      err: 'http: request body too large',
    },
    {
      name: 'a later chunk',
      chunks: [HELLO, HELLO],
      options: { limitBytes: 15 },
      length: 15,
      err: 'http: request body too large',
    },
    {
      name: 'after decompression',
      chunks: [GZIP],
      options: { limitBytes: 5, compression: 'gzip' },
      length: 5,
      err: 'http: request body too large',
    },
    {
      name: 'reached in an unknown compression',
      chunks: [HELLO],
      options: { limitBytes: 5, compression: 'x' },
      length: 5,
      err: 'unsupported compression algorithm',
      unknown: true,
    },
    {
      name: 'held for a check',
      chunks: [HELLO, HELLO],
      options: { holdLimitBytes: 20 },
      length: 20,
      err: 'the body is longer than the 20 bytes that are held for a check',
    },
    {
      name: 'a hold limit does not matter where nothing is held',
      chunks: [HELLO, HELLO],
      options: { holdLimitBytes: 1, hold: false },
      length: 22,
    },
    {
      name: 'the smaller one counts',
      chunks: [HELLO],
      options: { limitBytes: 4, holdLimitBytes: 8 },
      length: 4,
      err: 'http: request body too large',
    },
  ];
  for (const { name, chunks, options, length, err, unknown } of rows) {
    const { failure, lengthBytes, held } = await read(sourceOf(...chunks), options);
    t.equal(lengthBytes, length, `${name}: length`);
    if (err === undefined) t.equal(failure, undefined, `${name}: no failure`);
    else t.match(failure, { ...(unknown === true ? {} : tooLarge), fields: { err } }, `${name}: failure`);
    if (held !== undefined) t.equal(held.length, length, `${name}: held`);
  }
});

t.test('nothing more is read once a limit is exceeded', async (t) => {
  for (const compression of ['', 'gzip']) {
    const source = sourceOf(compression === '' ? HELLO : GZIP, HELLO, HELLO);
    await read(source, { compression, limitBytes: 3 });
    t.equal(source.left(), 2, compression);
  }
});

t.test('a body of one chunk is held without a copy', async (t) => {
  const { held } = await read(sourceOf(HELLO));
  t.equal(held?.pieces[0]?.buffer, HELLO.buffer);
});

t.test('a failure of the connection is the failure of the body', async (t) => {
  const failure = new ProbeFailure('transfer', 'body_truncated', UNREADABLE, { err: 'unexpected EOF' });
  for (const compression of ['', 'gzip', 'br', 'other']) {
    const result = await read(sourceOf(compression === 'gzip' ? GZIP : Buffer.alloc(0), failure), {
      compression,
      hold: false,
    });
    if (compression === 'other') t.match(result.failure, { message: NO_DECOMPRESSOR });
    else t.equal(result.failure, failure, compression);
  }
  await t.rejects(read(sourceOf(new TypeError('a bug'))), { message: 'a bug' }, 'anything else is a bug of ours');
});

/** A gigabyte of zeroes in a megabyte of gzip: 64 members of 16 MiB. */
function bomb(): { bytes: Buffer; size: number } {
  const member = zlib.gzipSync(Buffer.alloc(16 * 1024 * 1024));
  return { bytes: Buffer.concat(Array<Buffer>(64).fill(member)), size: 1024 ** 3 };
}

t.test('a decompression bomb', async (t) => {
  const { bytes, size } = bomb();
  await t.test('costs bounded memory when it is only counted', async (t) => {
    const before = process.memoryUsage.rss();
    let highest = before;
    const watch = setInterval(() => (highest = Math.max(highest, process.memoryUsage.rss())), 5);
    const result = await read(sourceOf(bytes), { compression: 'gzip', hold: false });
    clearInterval(watch);
    t.equal(result.lengthBytes, size);
    t.equal(result.failure, undefined);
    t.ok(highest - before < 128 * 1024 * 1024, `grew by ${highest - before} bytes`);
  });
  await t.test('stops at a limit', async (t) => {
    const result = await read(sourceOf(bytes), { compression: 'gzip', limitBytes: 1_000_000 });
    t.match(result.failure, { reason: 'body_too_large' });
    t.equal(result.held?.length, 1_000_000);
  });
  await t.test('stops at what may be held', async (t) => {
    const result = await read(sourceOf(bytes), { compression: 'gzip' });
    t.match(result.failure, { reason: 'body_too_large' });
    t.equal(result.lengthBytes, 1_000_000);
  });
  await t.test('stops at the deadline, in the midst of a chunk', async (t) => {
    const deadline = new AbortController();
    setImmediate(() => deadline.abort(new ProbeAbort('deadline')));
    const result = await read(sourceOf(bytes), { compression: 'gzip', hold: false }, deadline.signal);
    t.match(result.failure, {
      phase: 'transfer',
      reason: 'body_timeout',
      fields: { err: 'context deadline exceeded' },
    });
    t.ok(result.lengthBytes < size);
  });
  await t.test('stops when the probe is cancelled', async (t) => {
    const result = await read(sourceOf(bytes), { compression: 'gzip' }, AbortSignal.abort(new ProbeAbort('cancelled')));
    t.match(result.failure, { reason: 'probe_cancelled' });
  });
});

t.test('a body of very many members is worked on in small steps', async (t) => {
  const members = 2000;
  let turns = 0;
  let counting = true;
  const count = (): void => {
    turns++;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  const result = await read(sourceOf(Buffer.concat(Array<Buffer>(members).fill(zlib.gzipSync('x')))), {
    compression: 'gzip',
  });
  counting = false;
  t.equal(result.lengthBytes, members);
  t.ok(turns > members / 4, `others had ${turns} turns`);
});

t.test('members that give next to nothing are counted, others are not', async (t) => {
  const many = (member: Buffer): Buffer => Buffer.concat(Array<Buffer>(10_001).fill(member));
  const { failure } = await read(sourceOf(many(zlib.gzipSync(''))), { compression: 'gzip' });
  t.match(failure, {
    reason: 'body_decompression_failed',
    fields: { err: 'gzip: more than 10000 members of less than 1024 bytes' },
  });
  const blocks = await read(sourceOf(many(zlib.gzipSync(Buffer.alloc(1024)))), { compression: 'gzip', hold: false });
  t.equal(blocks.failure, undefined);
});
