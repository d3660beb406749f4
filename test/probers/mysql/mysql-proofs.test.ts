import { constants, createHash, createPublicKey, generateKeyPairSync, privateDecrypt, verify } from 'node:crypto';
import t from 'tap';
import { ed25519Proof } from '../../../src/probers/mysql/login/ed25519-proof.js';
import { nativeProof, sealedPassword, sha2Proof } from '../../../src/probers/mysql/login/proofs.js';
import { greeting, ok, ONLY_VERSION, packet } from '../../helpers/servers/mysql-server.js';
import { startStreamServer } from '../../helpers/servers/stream-server.js';
import { probe } from '../../helpers/services/probe.js';

const PASSWORDS = ['secret', 'x', 'ä ö \u{1f600}', 'long '.repeat(100)];
/** What DER has before the 32 bytes of a public key (RFC 8410). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

t.test('ed25519: a signature that anybody can verify with the public key that MariaDB keeps', (t) => {
  // From MariaDB: SELECT ed25519_password('secret').
  const known = 'ZIgUREUg5PVgQ6LskhXmO+eZLS0nC8be6HPjYWR4YJY';
  const nonce = createHash('sha256').update('nonce').digest();
  const key = createPublicKey({
    key: Buffer.concat([SPKI, Buffer.from(known, 'base64')]),
    format: 'der',
    type: 'spki',
  });
  const proof = ed25519Proof('secret', nonce);
  t.equal(proof.length, 64);
  t.ok(verify(null, nonce, key, proof));
  t.notOk(verify(null, nonce, key, ed25519Proof('other', nonce)));
  t.notOk(verify(null, Buffer.alloc(32), key, proof), 'of what was given alone');
  t.same(ed25519Proof('', nonce), Buffer.alloc(0));
  t.end();
});

t.test('SHA-1 and SHA-256: a server finds what it knows of the password', (t) => {
  const scramble = Buffer.from('12345678901234567890');
  const hash = (name: string, ...parts: readonly Buffer[]) => {
    const made = createHash(name);
    for (const part of parts) made.update(part);
    return made.digest();
  };
  const xor = (a: Buffer, b: Buffer) => Buffer.from(a.map((byte, at) => byte ^ b[at]!));
  for (const password of PASSWORDS) {
    const known1 = hash('sha1', hash('sha1', Buffer.from(password)));
    const found1 = xor(nativeProof(password, scramble), hash('sha1', scramble, known1));
    t.same(hash('sha1', found1), known1, 'mysql_native_password');
    const known2 = hash('sha256', hash('sha256', Buffer.from(password)));
    const found2 = xor(sha2Proof(password, scramble), hash('sha256', known2, scramble));
    t.same(hash('sha256', found2), known2, 'caching_sha2_password');
  }
  t.same([nativeProof('', scramble).length, sha2Proof('', scramble).length], [0, 0], 'no password');
  t.end();
});

t.test('a sealed password: the owner of the key can read it', async (t) => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const scramble = '12345678901234567890';
  const opened = (sealed: Buffer): string => {
    const mixed = privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING }, sealed);
    return Buffer.from(mixed.map((byte, at) => byte ^ scramble.charCodeAt(at % 20))).toString();
  };
  t.equal(opened(sealedPassword('secret', Buffer.from(scramble), Buffer.from(pem))), 'secret\0');
  for (const [plugin, asking, first] of [
    ['caching_sha2_password', packet(2, 1, 4), 2],
    ['sha256_password', packet(2, 0xfe, 'sha256_password\0', `${scramble}\0`), 1],
  ] as const) {
    const received: Buffer[] = [];
    const server = await startStreamServer(t, (socket) => {
      socket.write(greeting({ plugin: plugin === 'sha256_password' ? 'mysql_native_password' : plugin }));
      socket.on('data', (chunk: Buffer) => {
        received.push(chunk);
        if (received.length === 1) socket.write(asking);
        else if (received.length === 2) socket.write(packet(4, 1, pem));
        else if (received.length === 3) socket.write(ok(6));
        else socket.write(ONLY_VERSION(chunk.toString('utf8', 5), socket));
      });
    });
    const module = `prober: mysql
mysql: {username: u, password: secret, credentials_for: ["*"], auth_methods: [mysql_native_password, ${plugin}], get_server_public_key: true}`;
    const probed = await probe(
      module.replace('[mysql_native_password, ', plugin.startsWith('s') ? '[mysql_native_password, ' : '['),
      server.target,
    );
    t.equal(probed.verdict, 'ok', `${plugin}: ${probed.log}`);
    t.same(received[1], packet(3, first), `${plugin}: the key is asked for`);
    t.equal(opened(received[2]!.subarray(4)), 'secret\0', plugin);
  }
});
