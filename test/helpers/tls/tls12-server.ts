import {
  createCipheriv,
  createHash,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import type { Test } from 'tap';

const HANDSHAKE = 22;
const CHANGE_CIPHER_SPEC = 20;
const VERSION = Buffer.of(3, 3);
/** TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, X25519, ecdsa_secp256r1_sha256. */
const SUITE = Buffer.of(0xc0, 0x2b);
const CURVE = Buffer.of(3, 0, 0x1d);
const SIGNATURE = Buffer.of(4, 3);

export interface Tls12Server {
  readonly port: number;
  /** Whether the last client has finished its handshake. */
  readonly finished: () => boolean;
}

export interface Tls12Options {
  /** In place of the identity's certificate, whatever its bytes are. */
  readonly certificate?: Buffer;
  /** What it sends behind its handshake, record by record: content type and content. */
  readonly behind?: readonly (readonly [type: number, content: Buffer])[];
  /** Whether that comes in a write of its own. */
  readonly isApart?: boolean;
}

/**
 * A server of TLS 1.2 that knows no extension at all, so no secure renegotiation either (RFC 5746): OpenSSL cannot be
 * made to be one. It does the handshake and reads nothing afterwards.
 */
export async function startTls12Server(
  t: Test,
  identity: { readonly cert: string; readonly key: string },
  { certificate = new X509Certificate(identity.cert).raw, behind = [], isApart = false }: Tls12Options = {},
): Promise<Tls12Server> {
  let isFinished = false;
  const open = new Set<Socket>();
  const server = net.createServer((socket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy());
    isFinished = false;
    serve(socket, { key: identity.key, certificate, behind, isApart }).then(
      () => (isFinished = true),
      // A client that goes before the end is part of many a test.
      () => socket.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, finished: () => isFinished };
}

interface Serve extends Required<Tls12Options> {
  readonly key: string;
}

async function serve(socket: Socket, { key, certificate, behind, isApart }: Serve): Promise<void> {
  const records = recordsOf(socket);
  const hello = await next(records);
  const clientRandom = hello.subarray(6, 38);
  const random = randomBytes(32);
  const own = generateKeyPairSync('x25519');
  const point = own.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const params = Buffer.concat([CURVE, withLength(1, point)]);
  const signature = sign('sha256', Buffer.concat([clientRandom, random, params]), key);
  const flight = [
    message(2, Buffer.concat([VERSION, random, Buffer.of(0), SUITE, Buffer.of(0)])),
    message(11, withLength(3, withLength(3, certificate))),
    message(12, Buffer.concat([params, SIGNATURE, withLength(2, signature)])),
    message(14, Buffer.alloc(0)),
  ];
  for (const each of flight) socket.write(record(HANDSHAKE, each));

  const exchange = await next(records);
  await next(records);
  // The client's Finished says what is known anyway.
  await next(records);
  const peer = createPublicKey({ key: spki(exchange.subarray(5)), format: 'der', type: 'spki' });
  const shared = diffieHellman({ privateKey: own.privateKey, publicKey: peer });
  const master = prf(shared, 'master secret', Buffer.concat([clientRandom, random]), 48);
  const keys = prf(master, 'key expansion', Buffer.concat([random, clientRandom]), 40);
  const before = Buffer.concat([hello, ...flight, exchange]);
  const theirs = message(20, prf(master, 'client finished', sha256(before), 12));
  const ours = message(20, prf(master, 'server finished', sha256(Buffer.concat([before, theirs])), 12));
  const sealed = [[HANDSHAKE, ours] as const, ...behind].map(([type, content], sequence) =>
    record(type, seal(content, { type, sequence, key: keys.subarray(16, 32), iv: keys.subarray(36, 40) })),
  );
  const end = Buffer.concat([record(CHANGE_CIPHER_SPEC, Buffer.of(1)), ...sealed.splice(0, 1)]);
  if (!isApart) socket.write(Buffer.concat([end, ...sealed]));
  else {
    socket.write(end);
    // The client has the end of the handshake by then, or gets it together with what follows: both are right.
    setTimeout(() => socket.write(Buffer.concat(sealed)), 100);
  }
}

/** The bodies of what a client sends. */
async function* recordsOf(socket: Socket): AsyncGenerator<Buffer, void> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 5 && bytes.length >= 5 + bytes.readUInt16BE(3)) {
      const end = 5 + bytes.readUInt16BE(3);
      yield bytes.subarray(5, end);
      bytes = bytes.subarray(end);
    }
  }
}

/** Never resolves once the client has gone. */
async function next(records: AsyncGenerator<Buffer, void>): Promise<Buffer> {
  const { value } = await records.next();
  return value ?? new Promise(() => undefined);
}

/** An X25519 key in DER (RFC 8410). */
function spki(point: Buffer): Buffer {
  return Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), point]);
}

function prf(secret: Buffer, label: string, rest: Buffer, length: number): Buffer {
  const seed = Buffer.concat([Buffer.from(label), rest]);
  const hmac = (bytes: Buffer): Buffer => createHmac('sha256', secret).update(bytes).digest();
  const parts: Buffer[] = [];
  for (let a = hmac(seed); parts.length * 32 < length; a = hmac(a)) parts.push(hmac(Buffer.concat([a, seed])));
  return Buffer.concat(parts).subarray(0, length);
}

interface Sealing {
  readonly type: number;
  /** How many records there were before under this key. */
  readonly sequence: number;
  readonly key: Buffer;
  readonly iv: Buffer;
}

function seal(content: Buffer, { type, sequence, key, iv }: Sealing): Buffer {
  const explicit = Buffer.alloc(8);
  explicit.writeUInt32BE(sequence, 4);
  const sealing = createCipheriv('aes-128-gcm', key, Buffer.concat([iv, explicit]));
  sealing.setAAD(
    Buffer.concat([explicit, Buffer.of(type), VERSION, Buffer.of(content.length >> 8, content.length & 0xff)]),
  );
  return Buffer.concat([explicit, sealing.update(content), sealing.final(), sealing.getAuthTag()]);
}

function message(type: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.of(type), withLength(3, body)]);
}

function record(type: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.of(type), VERSION, withLength(2, body)]);
}

function withLength(bytes: number, body: Buffer): Buffer {
  const length = Buffer.alloc(bytes);
  length.writeUIntBE(body.length, 0, bytes);
  return Buffer.concat([length, body]);
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
