import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import t, { type Test } from 'tap';
import { int32, ONLY_VERSION, pgMessage, WELCOME } from '../../helpers/servers/postgres-server.js';
import { startStreamServer } from '../../helpers/servers/stream-server.js';
import { probe } from '../../helpers/services/probe.js';

const SALT = Buffer.from('some salt');
const ROUNDS = 4096;
const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

interface Odd {
  readonly password?: string;
  readonly challenge?: (nonce: string) => string;
  readonly ends?: (signature: string) => readonly Buffer[];
}

/** A server of SCRAM-SHA-256 as RFC 5802 has it, where it is not odd. */
function startScram(t: Test, { password = 'secret', challenge, ends }: Odd) {
  const salted = pbkdf2Sync(password, SALT, ROUNDS, 32, 'sha256');
  const client = hmac(salted, 'Client Key');
  const stored = createHash('sha256').update(client).digest();
  const isRight = { value: false };
  const started = startStreamServer(t, (socket) => {
    let step = 0;
    let [first, second] = ['', ''];
    socket.on('data', (chunk: Buffer) => {
      const text = chunk.toString('utf8');
      step++;
      if (step === 1) socket.write(pgMessage('R', int32(10), 'SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0'));
      else if (step === 2) {
        first = text.slice(text.indexOf('n,,') + 3);
        const nonce = /r=(.*)$/.exec(first)?.[1] ?? '';
        second = challenge?.(nonce) ?? `r=${nonce}more,s=${SALT.toString('base64')},i=${ROUNDS}`;
        socket.write(pgMessage('R', int32(11), second));
      } else if (step === 3) {
        const [, third = '', proof = ''] = /(c=biws,r=[^,]+),p=(.*)$/.exec(text) ?? [];
        const signed = `${first},${second},${third}`;
        const signature = hmac(stored, signed);
        const key = Buffer.from(proof, 'base64').map((byte, at) => byte ^ signature[at]!);
        isRight.value = Buffer.from(key).equals(client);
        const end = hmac(hmac(salted, 'Server Key'), signed).toString('base64');
        for (const each of ends?.(end) ?? [pgMessage('R', int32(12), `v=${end}`), WELCOME]) socket.write(each);
      } else socket.write(ONLY_VERSION(text.includes('version()') ? 'version()' : '', socket));
    });
  });
  return { started, isRight };
}

const moduleWith = (password: string): string =>
  `prober: postgres\npostgres: {username: u, password: "${password}", credentials_for: ["*"], default_metrics: false, settings_metrics: false, collectors: {}}`;

t.test('both sides prove that they know the password', async (t) => {
  for (const [name, ours, theirs, isRight] of [
    ['the same', 'secret', 'secret', true],
    ['the same again, with keys that are known', 'secret', 'secret', true],
    ['letters of other scripts', 'p\u00e4ss\u00a0wort', 'p\u00e4ss wort', true],
    ['another', 'other', 'secret', false],
  ] as const) {
    const server = startScram(t, { password: theirs });
    const probed = await probe(moduleWith(ours), (await server.started).target, { timeoutSeconds: 5 });
    t.equal(server.isRight.value, isRight, name);
    if (!isRight) t.equal(probed.verdict, 'request/auth_failed', 'a server with another password proves nothing');
  }
});

const DECEPTIONS: readonly (readonly [name: string, odd: Odd, verdict: string])[] = [
  ['a proof that is wrong', { ends: () => [pgMessage('R', int32(12), 'v=AAAA'), WELCOME] }, 'request/auth_failed'],
  ['no proof', { ends: () => [WELCOME] }, 'request/auth_failed'],
  ['no consent, but ready', { ends: () => [pgMessage('Z', 'I')] }, 'request/protocol_error'],
  [
    'a proof, and ready without consent',
    { ends: (signature) => [pgMessage('R', int32(12), `v=${signature}`), pgMessage('Z', 'I')] },
    'request/protocol_error',
  ],
  [
    'more after the consent',
    {
      ends: (signature) => [
        pgMessage('R', int32(12), `v=${signature}`),
        pgMessage('R', int32(0)),
        pgMessage('R', int32(0)),
        pgMessage('Z', 'I'),
      ],
    },
    'request/protocol_error',
  ],
  ['an empty proof', { ends: () => [pgMessage('R', int32(12), 'v='), WELCOME] }, 'request/auth_failed'],
  ["a nonce without the client's", { challenge: () => 'r=other,s=eA==,i=4096' }, 'request/auth_failed'],
  ["the client's nonce alone", { challenge: (nonce) => `r=${nonce},s=eA==,i=4096` }, 'request/auth_failed'],
  ['no rounds', { challenge: (nonce) => `r=${nonce}x,s=eA==,i=0` }, 'request/auth_failed'],
  ['a challenge that is none', { challenge: () => 'm=ext' }, 'request/protocol_error'],
];

t.test('a server that does not prove it', async (t) => {
  for (const [name, odd, verdict] of DECEPTIONS) {
    const server = startScram(t, odd);
    const probed = await probe(moduleWith('secret'), (await server.started).target, { timeoutSeconds: 5 });
    t.equal(probed.verdict, verdict, `${name}: ${probed.log}`);
  }
});
