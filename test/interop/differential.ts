import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readExposition } from '../helpers/exposition.js';
import { type Peer, startBlackboxExporter, startSonde } from '../helpers/peer.js';
import { deadPort } from '../helpers/servers/dead-port.js';
import type { ChildService } from '../helpers/services/child-service.js';
import { type HttpAnswer, httpGet } from '../helpers/services/http-get.js';
import { compareFamilies, type Deviation } from './deviation.js';
import { HELLO, type HttpCase, type OriginSpec } from './http/http-cases.js';
import { type Origin, type Reply, startHttp2Origin, startOrigin } from './http/origin.js';
import { type Identity, type IdentityName, makeIdentities } from './tls/identities.js';

/** A case with its servers running. */
interface StagedCase {
  readonly row: HttpCase;
  readonly module: string;
  readonly path: string;
  readonly origins: readonly Origin[];
}

/** Both programs on one configuration with a module a case. */
export interface Stage {
  /** Probes through both, the peer first, and says in what they differ. */
  readonly compare: (row: HttpCase) => Promise<readonly Deviation[]>;
  readonly close: () => Promise<void>;
}

type Identities = Readonly<Record<IdentityName, Identity>>;

/** Starts the servers of all cases, and then both programs, in a working directory of their own. */
export async function stageCases(rows: readonly HttpCase[], peer: Peer): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-differential-'));
  const identities = await makeIdentities();
  writeFiles(folder, identities);
  const dead = await deadPort();
  const staged = new Map<HttpCase, StagedCase>();
  const modules: Record<string, unknown> = {};
  for (const [index, row] of rows.entries()) {
    const one = await stageCase(row, { module: `case${index}`, identities, dead });
    staged.set(row, one);
    modules[one.module] = JSON.parse(
      withPorts(JSON.stringify({ prober: 'http', http: row.http ?? {} }), one.origins, dead),
    );
  }
  const services: ChildService[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(services.map((service) => service.stop()));
    await Promise.all([...staged.values()].flatMap(({ origins }) => origins.map((origin) => origin.close())));
    rmSync(folder, { recursive: true });
  };
  try {
    writeFileSync(join(folder, 'blackbox.yml'), JSON.stringify({ modules }));
    services.push(await startBlackboxExporter(peer, ['--config.file=blackbox.yml'], folder));
    services.push(await startSonde(['--config.file=blackbox.yml'], { cwd: folder }));
  } catch (error) {
    await close();
    throw error;
  }
  const [theirs = '', ours = ''] = services.map(({ address }) => address);
  return { compare: (row) => compareCase(staged.get(row)!, theirs, ours), close };
}

/** JSON is YAML; a file of each kind that modules name. */
function writeFiles(folder: string, identities: Identities): void {
  const files: Record<string, string> = {
    'ca.pem': identities.authority.cert,
    'client.pem': identities.client.cert,
    'client.key': identities.client.key,
    'foreign.pem': identities.foreignClient.cert,
    'foreign.key': identities.foreignClient.key,
    'garbage.pem': 'no certificate\n',
    'body.txt': 'from a file',
    'secret.txt': '  s3cret\n',
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
}

interface Deps {
  readonly module: string;
  readonly identities: Identities;
  readonly dead: number;
}

async function stageCase(row: HttpCase, { module, identities, dead }: Deps): Promise<StagedCase> {
  const origins: Origin[] = [];
  for (const spec of row.origins ?? [HELLO]) {
    const fill = (text: string): string => withPorts(text, origins, dead);
    origins.push(await startSpecified(spec, identities, fill));
  }
  const target = withPorts(row.target ?? 'http://127.0.0.1:@0/', origins, dead);
  const query = new URLSearchParams({ module, ...row.params });
  if (row.target !== '') query.set('target', target);
  return { row, module, origins, path: `/probe?${query.toString()}` };
}

function startSpecified(spec: OriginSpec, identities: Identities, fill: (text: string) => string): Promise<Origin> {
  const { reply = '', identity, http2, clientCertificate, tlsVersions, options } = spec;
  const credentials = identity === undefined ? undefined : identities[identity];
  const secure = credentials && {
    ...credentials,
    ...tlsVersions,
    ...(clientCertificate && { requestCert: true, rejectUnauthorized: true, ca: identities.authority.cert }),
  };
  if (http2 !== undefined) return startHttp2Origin(http2, { ...secure, allowHTTP1: true });
  return startOrigin(filled(reply, fill), { ...options, ...(secure && { tls: secure }) });
}

/** Ports of later origins are known only when the answer is sent. */
function filled(reply: Reply | readonly string[], fill: (text: string) => string): Reply {
  if (typeof reply === 'function' || Buffer.isBuffer(reply)) return reply;
  const replies = typeof reply === 'string' ? [reply] : reply;
  return (socket, _request, nth) => {
    socket.end(fill(replies[Math.min(nth, replies.length - 1)] ?? ''), 'latin1');
  };
}

function withPorts(text: string, origins: readonly Origin[], dead: number): string {
  return text.replace(/@(\d|dead)\b/g, (_all, which: string) =>
    String(which === 'dead' ? dead : (origins[Number(which)]?.port ?? 0)),
  );
}

async function compareCase(staged: StagedCase, peer: string, sonde: string): Promise<readonly Deviation[]> {
  const theirs = await ask(staged, peer);
  const ours = await ask(staged, sonde);
  const found: Deviation[] = [];
  const compareTexts = (what: string, kind: Deviation['kind'], a: string, b: string): void => {
    if (a !== b) found.push({ kind, what, peer: a, sonde: b });
  };
  compareTexts('status', 'other answer', String(theirs.answer.status), String(ours.answer.status));
  if (theirs.answer.status === 200 && ours.answer.status === 200) {
    found.push(...compareFamilies(readExposition(theirs.answer.text), readExposition(ours.answer.text)));
  } else compareTexts('text', 'other answer', theirs.answer.text, ours.answer.text);
  for (const index of staged.origins.keys()) {
    compareTexts(`origin ${index}`, 'other requests', theirs.requests[index] ?? '', ours.requests[index] ?? '');
  }
  return found;
}

interface Asked {
  readonly answer: HttpAnswer;
  /** What each origin was asked, without what names the program. */
  readonly requests: readonly string[];
}

async function ask({ row, path, origins }: StagedCase, address: string): Promise<Asked> {
  const answer = await httpGet(address, path, {
    headers: { 'X-Prometheus-Scrape-Timeout-Seconds': String(row.scrapeTimeoutSeconds ?? 10) },
    signal: AbortSignal.timeout(30_000),
  });
  return {
    answer,
    requests: origins.map((origin) => origin.takeRequests().join('\n----\n').replace(PROGRAM, '$1PROGRAM')),
  };
}

const PROGRAM = /(user-agent: )(?:Blackbox[- ]Exporter|Sonde)\/[^\r\n]*/gi;
