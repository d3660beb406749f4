import t from 'tap';
import { runCommand } from '../../src/cli/run-command.js';
import type { Shell } from '../../src/cli/shell.js';
import { realShell } from '../helpers/documents/test-shell.js';
import { answer, startRawServer } from '../helpers/servers/raw-server.js';
import { closedPort, lineByLine, startStreamServer } from '../helpers/servers/stream-server.js';
import { DAY_MS, makeSelfSigned } from '../helpers/tls/certificates.js';
import { startTlsServer } from '../helpers/tls/tls-server.js';

/** A shell with the real probers, in a folder without blackbox.yml as far as the command can tell. */
async function run(args: readonly string[], changes: Partial<Shell> = {}) {
  const shell = realShell(args);
  const code = await runCommand({ ...shell, ...changes });
  return { code, ...shell.written };
}

/** Ports, times and the lengths of bars are those of the moment. */
function normalised(text: string): string {
  return text
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replace(/ +\d+(?:\.\d+)? m?s( +█+)?/g, ' TIME')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'DATE');
}

const NO_CONFIG = t.testdir({ 'blackbox.yml': 'modules: {own: {prober: tcp}}\n' });
const CONFIG = `--config.file=${NO_CONFIG}/blackbox.yml`;

t.test('a failure for people: verdict, hops, checks, what was seen, and what to do', async (t) => {
  const server = await startRawServer(
    t,
    answer('HTTP/1.1 503 Down\r\nServer: x\r\nContent-Length: 14\r\n\r\nno\x1b[2Jdatabase'),
  );
  const { code, out, err } = await run([CONFIG, `http://127.0.0.1:${server.port}/`]);
  t.equal(code, 1);
  t.equal(err, '');
  t.equal(
    normalised(out),
    `FAILED after TIME: the status is 503
  http://127.0.0.1:PORT/ with module http_2xx

http://127.0.0.1:PORT/ at 127.0.0.1:PORT: 503
  resolve TIME
  connect TIME
  processing TIME
  transfer TIME
  check TIME failed

Checks
  ✗ status is 2xx
  · the body arrives whole (not reached)

Answer
  | HTTP/1.1 503
  | Server: x
  | Content-Length: 14
Body
  | no\\x1b[2Jdatabase

Why: status_code_mismatch in check: the status code is not a valid one
  Invalid HTTP response status code, wanted 2xx (status_code: 503)
Next: Look at the body and into the log of the service; if the status is right, add it to valid_status_codes.
`,
  );
});

t.test('colour on a terminal, unless NO_COLOR is set', async (t) => {
  const target = `tcp://${await closedPort()}`;
  const coloured = await run([CONFIG, target], { isOutTerminal: true });
  t.match(coloured.out, /^\x1b\[31mFAILED\x1b\[0m after/);
  const plain = await run([CONFIG, target], { isOutTerminal: true, env: { NO_COLOR: '1' } });
  t.notMatch(plain.out, '\x1b');
  t.notMatch((await run([CONFIG, target])).out, '\x1b');
});

t.test('a certificate that has expired is the verdict', async (t) => {
  const identity = await makeSelfSigned({ notAfter: new Date(Date.now() - 3.5 * DAY_MS) });
  const server = await startTlsServer(identity);
  t.teardown(server.close);
  const { code, out } = await run([CONFIG, `tls://127.0.0.1:${server.port}`]);
  t.equal(code, 1);
  t.match(out, /^FAILED after [^\n]*: the certificate (?:expired 3 days ago|is )/);
  t.match(out, /\n {7}✗ /);
});

t.test('modules are chosen by the scheme, in both orders of arguments, and by -m', async (t) => {
  const smtp = await startStreamServer(t, lineByLine('220 here\r\n', { 'EHLO prober.invalid': '250 HELP\r\n' }));
  const ssh = await startStreamServer(t, lineByLine('SSH-2.0-x\r\n'));
  const rows: readonly (readonly [args: readonly string[], code: number, text: RegExp])[] = [
    [[`smtp+starttls://${smtp.target}`], 1, /with module smtp_starttls\n[^]*✗ step 2: expect [^]*response_rejected/],
    [[`ssh://${ssh.target}`], 0, /^OK after [^]*with module ssh_banner\n/],
    [[`tcp://${ssh.target}`], 0, /with module tcp_connect\n/],
    [['tcp_connect', ssh.target], 0, /with module tcp_connect\n/],
    [['own', ssh.target], 0, /with module own\n/],
    [['-m', 'own', ssh.target], 0, /with module own\n/],
    [['-mown', ssh.target], 0, /with module own\n/],
    [['dns://127.0.0.1:1/example.com?type=MX'], 1, /with module dns_mx\n/],
    [[`grpc://${await closedPort()}`], 1, /with module grpc_plain\n[^]*connection_refused/],
  ];
  for (const [args, code, text] of rows) {
    const result = await run([CONFIG, ...args]);
    t.equal(result.code, code, args.join(' '));
    t.match(result.out, text, args.join(' '));
  }
});

t.test('without a configuration there are the built-in modules', async (t) => {
  const server = await startStreamServer(t, lineByLine('hi\n'));
  // The tests run in the repository, which has a blackbox.yml; a broken name is the way to see that one is asked for.
  const { code } = await run(['-m', 'tcp_connect', server.target]);
  t.equal(code, 0);
  const missing = await run(['--config.file=/nowhere/blackbox.yml', server.target]);
  t.equal(missing.code, 2);
  t.match(missing.err, /no such file or directory/);
});

t.test('what cannot be run is exit code 2', async (t) => {
  for (const [args, err] of [
    [[], "required argument 'TARGET' not provided"],
    [['-m', 'http2xx', 'x'], `Unknown module "http2xx" (did you mean 'http_2xx'?)`],
    [['nope', 'x'], 'Unknown module "nope"'],
    [['gopher://x'], 'no module for "gopher://x"'],
    [['--targets=/nowhere', 'x'], 'no such file or directory'],
    [['--json', '--debug', 'x'], "flags '--json' and '--debug' exclude each other"],
    [['--count=0', 'x'], "invalid value for flag '--count'"],
    [['--count', 'http://x'], "invalid value for flag '--count'"],
    [['--watch=0', 'x'], "invalid value for flag '--watch': without '--count' it has to be 1ms or more"],
    [['--timeout=NaN', 'x'], "invalid value for flag '--timeout'"],
    [['--timeout=-1', 'x'], "invalid value for flag '--timeout'"],
    [[''], "required argument 'TARGET' not provided"],
    [['--nope', 'x'], "unknown long flag '--nope'"],
    [['-m'], "expected argument for flag '-m'"],
  ] as const) {
    const result = await run([CONFIG, ...args]);
    t.equal(result.code, 2, args.join(' '));
    t.ok(result.err.includes(err), `${args.join(' ')}: ${result.err}`);
    t.equal(result.out, '');
  }
});

t.test('--json, --metrics and --debug', async (t) => {
  const server = await startStreamServer(t, lineByLine('hi\n'));
  const json = await run([CONFIG, '--json', 'own', server.target]);
  t.match(JSON.parse(json.out), { version: 1, success: true, module: 'own', hops: [{ address: server.target }] });
  t.match((await run([CONFIG, '--metrics', 'own', server.target])).out, /^# HELP [^]*^probe_success 1$/m);
  t.match(
    (await run([CONFIG, '--debug', 'own', server.target])).out,
    /^Logs for the probe:\n[^]*Module configuration:\n/,
  );
});

t.test('several targets, from a file and standard input: a table with failures first', async (t) => {
  const server = await startStreamServer(t, lineByLine('hi\n'));
  const closed = await closedPort();
  const { code, out } = await run(
    [CONFIG, `tcp://${server.target}`, '-', `--targets=${t.testdir({ f: `# none\n\ntcp://${server.target}\n` })}/f`],
    {
      readInput: () => Promise.resolve(`tcp://${closed}\n`),
    },
  );
  t.equal(code, 1);
  const table = out.trimEnd().split('\n').slice(-3);
  t.match(table[0], `FAILED  tcp://${closed}`);
  t.match(table[1], `OK      tcp://${server.target}`);
  t.match(table[2], `OK      tcp://${server.target}`);
});

t.test('--count and --watch: a line a probe, and a summary', async (t) => {
  const server = await startStreamServer(t, lineByLine('hi\n'));
  const { code, out } = await run([CONFIG, '--watch=1ms', '--count=3', 'own', server.target]);
  t.equal(code, 0);
  const lines = out.split('\n');
  t.match(lines[2], /^\d\d:\d\d:\d\d {2}OK +[\d.]+ m?s {2}[▁-█]{3} /);
  t.match(lines[4], /: 3 probes, 0 failed \(0\.0 %\), min .*, median .*, p95 .*, p99 .*, max /);
  const failing = await run([CONFIG, '--watch=0', '--count=2', 'own', await closedPort()]);
  t.equal(failing.code, 1);
  t.match(failing.out, /✗✗/);
  t.match(failing.out, /: 2 probes, 2 failed \(100\.0 %\)\n$/);
});

t.test('--watch ends with a signal, and tells what it has', async (t) => {
  const server = await startStreamServer(t, lineByLine('hi\n'));
  const shell = realShell([CONFIG, '--watch=1h', 'own', server.target]);
  const out = (text: string): void => {
    shell.out(text);
    if (text.includes('OK')) setImmediate(() => shell.send('SIGINT'));
  };
  t.equal(await runCommand({ ...shell, out }), 0);
  t.match(shell.written.out, /: 1 probes, 0 failed/);
});
