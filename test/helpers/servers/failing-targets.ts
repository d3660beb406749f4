import type { Test } from 'tap';
import { chooseByScheme } from '../../../src/cli/probe/target-url.js';
import { loadConfig } from '../../../src/config/load-config.js';
import type { ProbeModule } from '../../../src/probe/probe-module.js';
import { allProbers } from '../../../src/probers/all-probers.js';
import { testProberDeps } from '../services/prober-deps.js';
import { startApp, type TestApp } from '../services/start-app.js';
import { DAY_MS, makeAuthority } from '../tls/certificates.js';
import { startTlsServer } from '../tls/tls-server.js';
import { wireReply } from './dns-bytes.js';
import { startGrpcServer } from './grpc-server.js';
import { answer, startRawServer } from './raw-server.js';
import { startScriptedDns } from './scripted-dns.js';
import { startSilentServer } from './silent-server.js';
import { closedPort, lineByLine, startStreamServer } from './stream-server.js';

/** A target that fails in one way. */
export interface FailingTarget {
  readonly title: string;
  readonly about: string;
  /** What stands behind `sonde probe`. */
  readonly args: readonly string[];
}

/** Twelve targets that fail, each in a way of its own, and the configuration that some of them need. */
export interface FailingTargets {
  readonly config: string;
  readonly targets: readonly FailingTarget[];
}

/** Starts all servers; they stop when the test ends. */
export async function startFailingTargets(t: Test): Promise<FailingTargets> {
  const authority = await makeAuthority({ subject: 'CN=Example Root' });
  const targets = [
    ...(await networkCases(t)),
    ...(await tlsCases(t, authority)),
    ...(await answerCases(t)),
    ...(await otherCases(t)),
  ];
  return { config: configOf(authority.cert), targets };
}

/** A service that has every module which the targets are probed with, by the terminal's names. */
export async function startServiceFor(t: Test, { config, targets }: FailingTargets): Promise<TestApp> {
  const probers = allProbers(testProberDeps({}));
  const texts = new Map([['', config]]);
  for (const { args } of targets) {
    if (args[0] === '-m') continue;
    const { module } = chooseByScheme(args.at(-1) ?? '');
    texts.set(module.name, module.yaml);
  }
  const modules: ProbeModule[] = [];
  for (const text of texts.values())
    modules.push(...(await loadConfig(text, 'blackbox.yml', probers)).modules.values());
  const app = await startApp({ modules });
  t.teardown(() => app.stop(0));
  return app;
}

/** The path that asks the service for the same as the terminal is asked for. */
export function probePath({ args }: FailingTarget): string {
  const operand = args.at(-1) ?? '';
  const chosen = args[0] === '-m' ? { module: args[1] ?? '', target: operand } : byScheme(operand);
  return `/probe?${new URLSearchParams({ ...chosen, debug: 'true' }).toString()}`;
}

function byScheme(operand: string): { readonly module: string; readonly target: string } {
  const { module, target } = chooseByScheme(operand);
  return { module: module.name, target };
}

function configOf(ca: string): string {
  const trusting = `tls_config: {server_name: shop.example, ca: ${JSON.stringify(ca)}}`;
  return `modules:
  tls_shop: {prober: tcp, tcp: {tls: true, ${trusting}}}
  http_welcome: {prober: http, http: {fail_if_body_not_matches_regexp: [Welcome]}}
`;
}

async function networkCases(t: Test): Promise<readonly FailingTarget[]> {
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

async function tlsCases(
  t: Test,
  authority: Awaited<ReturnType<typeof makeAuthority>>,
): Promise<readonly FailingTarget[]> {
  const names = { subject: 'CN=shop.example', dnsNames: ['shop.example'] };
  const expired = await authority.issue({ ...names, notAfter: new Date(Date.now() - 3.5 * DAY_MS) });
  const other = await authority.issue({ subject: 'CN=mail.example', dnsNames: ['mail.example'] });
  const intermediate = await authority.issueAuthority({ subject: 'CN=Example Intermediate' });
  const alone = await intermediate.issue(names);
  const cases: FailingTarget[] = [];
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

async function answerCases(t: Test): Promise<readonly FailingTarget[]> {
  const down = await startRawServer(
    t,
    answer(
      'HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 22\r\n\r\nno database connection',
    ),
  );
  const page = await startRawServer(
    t,
    answer(
      'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 38\r\n\r\n<h1>We are closed for maintenance</h1>',
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

async function otherCases(t: Test): Promise<readonly FailingTarget[]> {
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
      about: 'The server has trouble of its own. `?type=` asks for other records than addresses.',
      args: [`dns://${failing.target}/shop.example?type=MX`],
    },
    {
      title: 'gRPC: NOT_SERVING',
      about: 'The server answers, and says that it is not ready.',
      args: [`grpc://127.0.0.1:${health.port}`],
    },
    {
      title: 'SMTP without STARTTLS',
      about: 'The server answered EHLO to its last line, and STARTTLS was not among what it offers.',
      args: [`smtp+starttls://${smtp.target}`],
    },
  ];
}
