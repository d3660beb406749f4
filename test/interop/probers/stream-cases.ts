import type { Socket } from 'node:net';
import type { IdentityName } from '../tls/identities.js';
import type { StreamDifferenceId } from './stream-differences.js';

/** What the server of a case does with a connection. */
export type StreamReply = (socket: Socket) => void;

/**
 * One probe that both programs are asked for. `@0` in the target is the port of the server, `@dead` one that nothing
 * listens at.
 */
export interface StreamCase {
  readonly name: string;
  /** `tcp` where absent. */
  readonly prober?: 'tcp' | 'unix';
  /** The block of the module. */
  readonly block?: Readonly<Record<string, unknown>>;
  /** `127.0.0.1:@0`, or the path of the socket, where absent. */
  readonly target?: string;
  readonly hostname?: string;
  readonly script?: StreamReply;
  /** Speaks TLS with this identity from the first byte on, or after the line STARTTLS; `script` is what comes then. */
  readonly identity?: IdentityName;
  readonly startTls?: true;
  readonly differs?: readonly StreamDifferenceId[];
}

const say =
  (text: string | Buffer): StreamReply =>
  (socket) => {
    socket.write(text);
  };

const sayAndEnd =
  (text: string | Buffer): StreamReply =>
  (socket) => {
    socket.end(text);
  };

const echo: StreamReply = (socket) => {
  socket.pipe(socket);
};

/**
 * Reads and says nothing: who hangs up with an echo unread resets the connection, and what was sent may be lost with
 * it.
 */
const listen: StreamReply = (socket) => {
  socket.resume();
};

function inPieces(...pieces: readonly string[]): StreamReply {
  return (socket) => {
    pieces.forEach((piece, index) => setTimeout(() => socket.write(piece), index * 60));
  };
}

type Step = Readonly<Record<string, unknown>>;

/** A dialogue with a server that does `script`. */
function talk(name: string, script: StreamReply, steps: readonly Step[], more: Partial<StreamCase> = {}): StreamCase {
  const { block = {}, ...rest } = more;
  return { name, script, block: { ...block, query_response: steps }, ...rest };
}

const SSH = say('SSH-2.0-OpenSSH_9.2 Debian-2\r\nmore\r\n');
const SSH_PATTERN = '^SSH-2.0-([^ -]+) (?P<comment>.*)$';

const DIALOGUES: readonly StreamCase[] = [
  { name: 'a connection is a success' },
  talk('an empty dialogue', echo, []),
  talk('a greeting', SSH, [{ expect: '^SSH-2.0-' }]),
  talk('the second line', SSH, [{ expect: 'more' }]),
  talk('lines are gone once read', SSH, [{ expect: 'more' }, { expect: '^SSH' }]),
  talk('no line matches before the end', sayAndEnd('a\nb\n'), [{ expect: 'c' }]),
  talk('the end at once', sayAndEnd(''), [{ expect: 'c' }]),
  talk('no line matches in time', say('a\n'), [{ expect: 'c' }]),
  talk('a last line without a line feed', sayAndEnd('a\nlast'), [{ expect: '^last$' }]),
  talk('a matching line that never ends', say('last'), [{ expect: '^last$' }]),
  talk('one carriage return is removed', sayAndEnd('a\r\r\n'), [{ expect: '^a\\r$' }]),
  talk('an empty pattern', say('a\n'), [{ expect: '' }]),
  talk('an empty pattern and nothing said', sayAndEnd(''), [{ expect: '' }]),
  talk('an empty line', say('\n'), [{ expect: '^$' }]),
  talk('the longest line', sayAndEnd(`${'x'.repeat(65535)}\nb\n`), [{ expect: '^b$' }]),
  talk('a line that is too long', sayAndEnd(`${'x'.repeat(65536)}\nb\n`), [{ expect: '^b$' }]),
  talk('bytes that are no UTF-8', say(Buffer.from('61ffc3280a', 'hex')), [{ expect: '^a\\x{fffd}\\x{fffd}\\($' }]),
  talk('a reset', (socket) => setTimeout(() => socket.resetAndDestroy(), 30), [{ expect: 'c' }]),
  talk('a reset in a matching line', (s) => s.write('c', () => setTimeout(() => s.resetAndDestroy(), 30)), [
    { expect: 'c' },
  ]),
  talk('send and expect', echo, [{ send: 'hello' }, { expect: '^hello$' }]),
  talk('send alone', listen, [{ send: 'hello\r' }]),
  talk('send in the step of an expect comes after it', echo, [
    { send: 'a' },
    { expect: 'a', send: 'b' },
    { expect: 'b' },
  ]),
  talk('groups', SSH, [{ expect: SSH_PATTERN, send: '<$0|$1|${1}|${comment}|$nobody|$1x|$$|${1>' }]),
  talk('groups without an expect', SSH, [{ expect: SSH_PATTERN }, { send: '$1 $$' }]),
  talk('groups that come to nothing', SSH, [{ expect: 'SSH(x)?', send: '$1' }, { send: 'end' }]),
  talk('groups of raw bytes', say(Buffer.from('61fffe620a', 'hex')), [{ expect: 'a(..)b', send: '[${1}]' }]),
  talk('an empty send', echo, [{ send: '' }]),
  talk('send to a server that has ended', sayAndEnd('a\n'), [{ expect: 'a' }, { send: 'b' }]),
];

const INFO: readonly StreamCase[] = [
  talk('labels', SSH, [
    {
      expect: SSH_PATTERN,
      labels: [
        { name: 'version', value: 'v$1' },
        { name: 'comment', value: '${comment}' },
      ],
    },
  ]),
  talk('labels with odd names', SSH, [
    {
      expect: SSH_PATTERN,
      labels: [
        { name: 'ssh-version', value: '$1' },
        { name: 'z z', value: 'é' },
      ],
    },
  ]),
  talk('labels without a match', sayAndEnd('x\n'), [
    { expect: SSH_PATTERN, labels: [{ name: 'version', value: '$1' }] },
  ]),
  talk('labels without an expect', SSH, [{ labels: [{ name: 'version', value: '$1' }] }]),
  talk('an empty list of labels', SSH, [{ expect: SSH_PATTERN, labels: [] }]),
  talk('values with quotes', say('a"\\b\n'), [{ expect: '^(.*)$', labels: [{ name: 'x', value: '$1' }] }]),
];

const BYTES: readonly StreamCase[] = [
  talk('bytes', say('abc'), [{ expect_bytes: 'abc' }]),
  talk('bytes and more', say('abcdef'), [{ expect_bytes: 'abc' }]),
  talk('other bytes', say('abX'), [{ expect_bytes: 'abc' }]),
  talk('too few bytes before the end', sayAndEnd('ab'), [{ expect_bytes: 'abc' }]),
  talk('no bytes before the end', sayAndEnd(''), [{ expect_bytes: 'abc' }]),
  talk('no bytes in time', () => undefined, [{ expect_bytes: 'abc' }]),
  talk('bytes in pieces', inPieces('ab', 'c'), [{ expect_bytes: 'abc' }], { differs: ['bytes_in_pieces'] }),
  talk('a wrong byte, and too few', sayAndEnd('xb'), [{ expect_bytes: 'abc' }], { differs: ['first_wrong_byte'] }),
  talk('bytes after a line', say('line\nabc'), [{ expect: 'line' }, { expect_bytes: 'abc' }], {
    differs: ['bytes_after_lines'],
  }),
  talk('bytes, then a line', inPieces('abc', 'def\n'), [{ expect_bytes: 'abc' }, { expect: 'def' }]),
  talk('empty bytes beside a pattern', SSH, [{ expect: 'SSH', expect_bytes: '' }]),
];

const V4 = { preferred_ip_protocol: 'ip4' };

const TARGETS: readonly StreamCase[] = [
  { name: 'nothing listens', target: '127.0.0.1:@dead' },
  { name: 'a name', target: 'localhost:@0', block: V4 },
  { name: 'a name in capitals', target: 'LOCALHOST:@0', block: V4 },
  { name: 'the wrong family', block: { preferred_ip_protocol: 'ip6', ip_protocol_fallback: false } },
  { name: 'IPv6', target: '[::1]:@dead' },
  { name: 'no port', target: '127.0.0.1' },
  { name: 'an empty port', target: '127.0.0.1:' },
  { name: 'too many colons', target: '::1:80' },
  { name: 'a port too large', target: '127.0.0.1:70000' },
  { name: 'a service that nobody knows', target: '127.0.0.1:nonsense' },
  { name: 'an empty host', target: ':@0' },
  { name: 'a source address', block: { source_ip_address: '127.0.0.9' } },
  { name: 'a source address of another family', block: { source_ip_address: '::1' } },
  { name: 'a source address that is none', block: { source_ip_address: 'nonsense' } },
  { name: 'a source address of somebody else', block: { source_ip_address: '192.0.2.9' } },
];

const TRUST = { tls_config: { ca_file: 'ca.pem' } };
const BLIND = { tls_config: { insecure_skip_verify: true } };
const HELLO_STEPS: readonly Step[] = [{ expect: '^hello$' }];
const START_STEPS: readonly Step[] = [
  { expect: '^220', send: 'STARTTLS' },
  { expect: '^220 go', starttls: true },
  { expect: '^hello$', send: 'bye' },
];
const HELLO = say('hello\n');

function tls(name: string, identity: IdentityName, block: Step, more: Partial<StreamCase> = {}): StreamCase {
  return talk(`TLS: ${name}`, HELLO, HELLO_STEPS, { identity, block: { tls: true, ...block }, ...more });
}

function startTls(name: string, identity: IdentityName, block: Step, more: Partial<StreamCase> = {}): StreamCase {
  return talk(`STARTTLS: ${name}`, HELLO, START_STEPS, { identity, startTls: true, block, ...more });
}

const SHOWN: readonly StreamDifferenceId[] = ['certificate_of_failed_verification'];
const NO_YEAR_ONE: readonly StreamDifferenceId[] = ['no_year_one'];

const TLS: readonly StreamCase[] = [
  tls('verified', 'good', TRUST),
  tls('verified by name', 'good', TRUST, { target: 'localhost:@0' }),
  tls('the hostname parameter is the name', 'wrongName', TRUST, { hostname: 'elsewhere.example' }),
  tls('the hostname parameter is another name', 'good', TRUST, { hostname: 'elsewhere.example', differs: SHOWN }),
  tls(
    'server_name wins over the hostname parameter',
    'wrongName',
    { tls_config: { ca_file: 'ca.pem', server_name: 'elsewhere.example' } },
    { hostname: 'localhost' },
  ),
  tls('expired', 'expired', TRUST, { differs: SHOWN }),
  tls('unknown authority', 'unknown', TRUST, { differs: SHOWN }),
  tls('self-signed, not verified', 'selfSigned', BLIND, { differs: NO_YEAR_ONE }),
  tls('a file that is not there', 'good', { tls_config: { ca_file: 'missing.pem' } }),
  { name: 'TLS: the server speaks none', script: say('220 hello\r\n'), block: { tls: true } },
  { name: 'TLS: the server says nothing', script: () => undefined, block: { tls: true } },
  startTls('verified', 'good', TRUST),
  startTls('expired', 'expired', TRUST, { differs: SHOWN }),
  startTls('self-signed, not verified', 'selfSigned', BLIND, { differs: NO_YEAR_ONE }),
  startTls('the hostname parameter is the name', 'wrongName', TRUST, { hostname: 'elsewhere.example' }),
  talk('STARTTLS: the server speaks none', echo, [{ send: 'x' }, { starttls: true }]),
];

const UNIX: readonly StreamCase[] = [
  { name: 'unix: a connection is a success', prober: 'unix' },
  talk('unix: a dialogue', SSH, [{ expect: SSH_PATTERN, send: '$1', labels: [{ name: 'v', value: '$1' }] }], {
    prober: 'unix',
  }),
  talk('unix: no match', sayAndEnd('x\n'), [{ expect: SSH_PATTERN }], { prober: 'unix' }),
  { name: 'unix: nothing there', prober: 'unix', target: '/nonexistent/x.sock' },
  { name: 'unix: no socket', prober: 'unix', target: '/etc/hostname' },
  talk('unix: TLS, not verified', HELLO, HELLO_STEPS, {
    prober: 'unix',
    identity: 'good',
    block: { tls: true, ...BLIND },
    differs: NO_YEAR_ONE,
  }),
  talk('unix: TLS by name', HELLO, HELLO_STEPS, {
    prober: 'unix',
    identity: 'good',
    block: { tls: true, tls_config: { ca_file: 'ca.pem', server_name: 'localhost' } },
  }),
  talk('unix: TLS without a name', HELLO, HELLO_STEPS, {
    prober: 'unix',
    identity: 'good',
    block: { tls: true, ...TRUST },
    differs: SHOWN,
  }),
  talk('unix: STARTTLS', HELLO, START_STEPS, {
    prober: 'unix',
    identity: 'good',
    startTls: true,
    block: BLIND,
    differs: NO_YEAR_ONE,
  }),
];

export const STREAM_CASES: readonly StreamCase[] = [...DIALOGUES, ...INFO, ...BYTES, ...TARGETS, ...TLS, ...UNIX];
