import type { Test } from 'tap';
import { runCommand } from '../../src/cli/run-command.js';
import { DAY_MS, makeAuthority } from './certificates.js';
import { wireReply } from './dns-bytes.js';
import { startGrpcServer } from './grpc-server.js';
import { answer, startRawServer } from './raw-server.js';
import { startScriptedDns } from './scripted-dns.js';
import { startSilentServer } from './silent-server.js';
import { closedPort, lineByLine, startStreamServer } from './stream-server.js';
import { realShell } from './test-shell.js';
import { startTlsServer } from './tls-server.js';

interface Case {
  readonly title: string;
  readonly about: string;
  /** What stands behind `sonde probe`. */
  readonly args: readonly string[];
}

const HEAD = `# Why does it fail? Twelve failures, as the terminal shows them

Each of these is what \`sonde probe\` prints for a real server on this machine that fails in this way; times, ports and dates are those of the moment. The words at the end
(\`Why:\`, \`Next:\`) are those of [failure-reasons.md](failure-reasons.md), and alerts select by them: \`probe_failure_info{phase="…",reason="…"}\`.
`;

/** The text of docs/debugging.md, made by probing servers that fail in all these ways. */
export async function debuggingPage(t: Test): Promise<string> {
  const authority = await makeAuthority({ subject: 'CN=Example Root' });
  const config = `--config.file=${t.testdir({ 'blackbox.yml': configOf(authority.cert) })}/blackbox.yml`;
  const cases = [
    ...(await networkCases(t)),
    ...(await tlsCases(t, authority)),
    ...(await answerCases(t)),
    ...(await otherCases(t)),
  ];
  let page = HEAD;
  for (const { title, about, args } of cases) {
    const shell = realShell([config, ...args]);
    await runCommand(shell);
    page += `\n## ${title}\n\n${about}\n\n\`\`\`\n$ sonde probe ${args.join(' ')}\n${shell.written.out}\`\`\`\n`;
  }
  return page;
}

/** What differs from one run to the next, in one form. */
export function withoutFigures(page: string): string {
  return page
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replace(/ +\d+(?:\.\d+)? m?s(?: +█+)?/g, ' TIME')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'DATE')
    .replace(/-?\d+ days/g, 'N days');
}

function configOf(ca: string): string {
  const trusting = `tls_config: {server_name: shop.example, ca: ${JSON.stringify(ca)}}`;
  return `modules:
  tls_shop: {prober: tcp, tcp: {tls: true, ${trusting}}}
  http_welcome: {prober: http, http: {fail_if_body_not_matches_regexp: [Welcome]}}
`;
}

async function networkCases(t: Test): Promise<readonly Case[]> {
  const silent = await startSilentServer();
  t.teardown(silent.close);
  return [
    {
      title: 'Refused',
      about: 'Nothing listens at the port.',
      args: [`tcp://${await closedPort()}`],
    },
    {
      title: 'Silent',
      about: 'The connection stands, and no answer comes: the time is in `processing`.',
      args: ['--timeout=2', `http://127.0.0.1:${silent.port}/`],
    },
  ];
}

async function tlsCases(t: Test, authority: Awaited<ReturnType<typeof makeAuthority>>): Promise<readonly Case[]> {
  const names = { subject: 'CN=shop.example', dnsNames: ['shop.example'] };
  const expired = await authority.issue({ ...names, notAfter: new Date(Date.now() - 3.5 * DAY_MS) });
  const other = await authority.issue({ subject: 'CN=mail.example', dnsNames: ['mail.example'] });
  const intermediate = await authority.issueAuthority({ subject: 'CN=Example Intermediate' });
  const alone = await intermediate.issue(names);
  const cases: Case[] = [];
  for (const [title, about, identity] of [
    ['Expired certificate', 'The certificate is past its end.', expired],
    ['Wrong name', 'The certificate is for another host.', other],
    [
      'Missing intermediate',
      'The server sends its own certificate alone, without the one that issued it. Browsers often hide this: they remember intermediates.',
      alone,
    ],
  ] as const) {
    const server = await startTlsServer(identity);
    t.teardown(server.close);
    cases.push({ title, about, args: ['-m', 'tls_shop', `127.0.0.1:${server.port}`] });
  }
  return cases;
}

async function answerCases(t: Test): Promise<readonly Case[]> {
  const down = await startRawServer(
    t,
    answer(
      'HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 22\r\n\r\nno database connection',
    ),
  );
  const page = await startRawServer(
    t,
    answer(
      'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 36\r\n\r\n<h1>We are closed for maintenance<h1',
    ),
  );
  const loop = await startRawServer(t, answer('HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n'));
  return [
    {
      title: 'Wrong status',
      about: 'The body says what the status leaves open.',
      args: [`http://127.0.0.1:${down.port}/`],
    },
    {
      title: 'Body mismatch',
      about: 'The status is fine, the page is not.',
      args: ['-m', 'http_welcome', `http://127.0.0.1:${page.port}/`],
    },
    {
      title: 'Redirect loop',
      about: 'Each hop has its own phases; the last redirect is judged as the answer.',
      args: [`http://127.0.0.1:${loop.port}/login`],
    },
  ];
}

/** Response codes of RFC 1035, 4.1.1, with the flags of an authoritative response. */
const NXDOMAIN = 0x8403;
const SERVFAIL = 0x8402;

async function otherCases(t: Test): Promise<readonly Case[]> {
  const missing = await startScriptedDns(t, (query) => [wireReply(query, { flags: NXDOMAIN })]);
  const failing = await startScriptedDns(t, (query) => [wireReply(query, { flags: SERVFAIL })]);
  const health = await startGrpcServer({ script: () => ({ serving: 2 }) });
  t.teardown(health.close);
  const smtp = await startStreamServer(
    t,
    lineByLine('220 mail.example\r\n', { 'EHLO prober.invalid': '250-mail.example\r\n250 PIPELINING\r\n' }),
  );
  return [
    {
      title: 'DNS: NXDOMAIN',
      about: 'The server knows the zone, and no such name in it.',
      args: [`dns://${missing.target}/shop.example`],
    },
    {
      title: 'DNS: SERVFAIL',
      about: 'The server has trouble of its own.',
      args: [`dns://${failing.target}/shop.example?type=MX`],
    },
    {
      title: 'gRPC: NOT_SERVING',
      about: 'The server answers, and says that it is not ready.',
      args: [`grpc://127.0.0.1:${health.port}`],
    },
    {
      title: 'SMTP without STARTTLS',
      about: 'The last line of the greeting came, and STARTTLS was not among them.',
      args: [`smtp+starttls://${smtp.target}`],
    },
  ];
}
