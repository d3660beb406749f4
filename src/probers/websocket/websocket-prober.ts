import { resolveTarget } from '../../net/resolve/resolve-target.js';
import type { Resolver } from '../../net/resolve/resolver.js';
import { ProbeFailure } from '../../probe/failure.js';
import { PhaseClock } from '../../probe/phase-clock.js';
import { defineProber, type ProbeContext, type Prober, type ProbeRequest } from '../../probe/prober.js';
import type { SecretUser } from '../../probe/used-secrets.js';
import type { RawWebsocket } from '../../values/raw-config.js';
import { performSteps } from '../query-response/dialogue-report.js';
import type { WebsocketConnection } from './websocket-connection.js';
import { WebsocketDialogue } from './websocket-dialogue.js';
import { DIAL_FAILED, openWebsocket } from './websocket-handshake.js';
import {
  compileWebsocketOptions,
  type HeaderLine,
  type WebsocketDeps,
  type WebsocketOptions,
} from './websocket-options.js';
import {
  reportCloseCode,
  reportDialogueFailure,
  reportNothingYet,
  reportPhases,
  reportUpgraded,
  type WebsocketPhase,
} from './websocket-report.js';
import { parseUrl, readTarget } from './websocket-target.js';

/** The dependencies of the websocket prober. */
export interface WebsocketProberDeps extends WebsocketDeps {
  readonly resolver: Resolver;
}

/** Opens ws and wss URLs and exchanges messages there. */
export function websocketProber(deps: WebsocketProberDeps): Prober<'websocket'> {
  return defineProber<'websocket', RawWebsocket, WebsocketOptions>({
    name: 'websocket',
    compile: (raw) => compileWebsocketOptions(raw, deps),
    probe: (request, options, context) => probeWebsocket(request, options, { resolver: deps.resolver, context }),
  });
}

interface Deps {
  readonly resolver: Resolver;
  readonly context: ProbeContext;
}

async function probeWebsocket(request: ProbeRequest, options: WebsocketOptions, { resolver, context }: Deps) {
  const { metrics } = context;
  const hostname = request.hostname === '' ? undefined : request.hostname;
  const url = parseUrl(request.target);
  reportNothingYet(metrics);
  const target = readTarget(url);
  const phases = new PhaseClock<WebsocketPhase>(context);
  try {
    if (target.secure) await options.tls.prepare(context.signal);
    const headers = await headersOf(options, hostname, context);
    const { host, port } = target;
    const to = { scheme: target.secure ? ('wss' as const) : ('ws' as const), host, hostname };
    const { address } = await phases.time('resolve', () =>
      resolveTarget({ ...to, port }, options.addresses, { resolver, context }),
    );
    const serverName = options.tls.serverName ?? hostname ?? target.host;
    const asked = { ...to, policy: context.policy };
    const plan = { target, address, asked, serverName, headers };
    const connection = await openWebsocket(plan, { options, context, phases });
    reportUpgraded(metrics);
    if (options.steps.length === 0) connection.close();
    else await phases.time('transfer', () => converse(connection, options, context), 'dialogue');
  } finally {
    reportPhases(metrics, phases);
  }
}

async function converse(connection: WebsocketConnection, { steps }: WebsocketOptions, context: ProbeContext) {
  const dialogue = new WebsocketDialogue(connection, context);
  try {
    await performSteps(steps, context, (step) => dialogue.talk(step));
  } catch (error) {
    reportDialogueFailure(context.metrics);
    connection.cut();
    throw error;
  } finally {
    if (connection.closeCode !== undefined) reportCloseCode(context.metrics, connection.closeCode);
  }
  connection.close();
}

/** Headers that the handshake sets itself. A configured one would be a duplicate. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'Upgrade',
  'Connection',
  'Sec-Websocket-Key',
  'Sec-Websocket-Version',
  'Sec-Websocket-Extensions',
]);

/** The configured headers, the credentials unless a header has them, and a User-Agent and Host where there are none. */
async function headersOf(
  { headers, credentials, userAgent }: WebsocketOptions,
  hostname: string | undefined,
  user: SecretUser,
): Promise<readonly HeaderLine[]> {
  const lines = [...(await headers.headers(user))];
  const own = lines.find(([name]) => OWN_HEADERS.has(name));
  if (own !== undefined) {
    const err = `websocket: duplicate header not allowed: ${own[0]}`;
    throw new ProbeFailure('setup', 'invalid_request', DIAL_FAILED, { err });
  }
  const add = (name: string, value: string): void => {
    if (!lines.some(([given]) => given === name)) lines.push([name, value]);
  };
  if (credentials !== undefined) add('Authorization', await credentials.header(user));
  add('User-Agent', userAgent);
  if (hostname !== undefined) add('Host', hostname);
  return lines;
}
