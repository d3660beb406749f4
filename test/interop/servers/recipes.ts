import { readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import type { Test } from 'tap';
import { loadConfig } from '../../../src/config/load-config.js';
import { compileTlsConfig } from '../../../src/net/tls/tls-client.js';
import { createTlsPlatform } from '../../../src/net/tls/tls-platform.js';
import { allProbers } from '../../../src/probers/all-probers.js';
import { systemClock } from '../../../src/values/clock.js';
import { REPOSITORY } from '../../helpers/peer.js';
import { deadPort } from '../../helpers/servers/dead-port.js';
import { type Probed, probeModule } from '../../helpers/services/probe.js';
import { testProberDeps } from '../../helpers/services/prober-deps.js';
import { noOverlay } from './overlay.js';
import { findServer, type Found, makePlace, type Place } from './real-server.js';

/** The recipes of modules/, as they stand there, on a machine that trusts the tests' authority. */
export interface Recipes {
  readonly probe: (name: string, target: string, options?: RecipeOptions) => Promise<Probed>;
}

export interface RecipeOptions {
  readonly params?: Readonly<Record<string, string>>;
  readonly timeoutSeconds?: number;
}

/** What a module makes of something that is not what it asks for. */
export interface WrongAnswer {
  readonly name: string;
  readonly target: string;
  /** `phase/reason`. */
  readonly verdict: string;
}

export interface RecipeCase {
  readonly module: string;
  readonly target: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly wrong: readonly WrongAnswer[];
  /** Metrics of the successful probe; a whole pattern for tap's match. */
  readonly metrics?: Readonly<Record<string, unknown>>;
  /** Whether a certificate is to be seen, and verified. */
  readonly tls?: true;
}

/** Long enough for a server that answers, on a busy machine. */
const ANSWER_SECONDS = 10;
/** What a silent one costs. */
const SILENCE_SECONDS = 1;

/** Loads all of modules/. Files that the modules name below /etc/sonde are looked for in `folder`. */
export async function openRecipes({ folder, ca }: Place): Promise<Recipes> {
  const platform = createTlsPlatform({ clock: systemClock, certFile: ca, certDir: undefined });
  const probers = allProbers({ ...testProberDeps(), compileTls: (raw) => compileTlsConfig(raw, platform) });
  const files = readdirSync(join(REPOSITORY, 'modules')).filter((name) => name.endsWith('.yml'));
  const configs = files.map((name) => {
    const text = readFileSync(join(REPOSITORY, 'modules', name), 'utf8').replaceAll('/etc/sonde', folder);
    return loadConfig(text, name, probers);
  });
  const modules = new Map((await Promise.all(configs)).flatMap(({ modules }) => [...modules]));
  return {
    probe: (name, target, { params = {}, timeoutSeconds = ANSWER_SECONDS } = {}) => {
      const module = modules.get(name);
      if (module === undefined) throw new Error(`there is no recipe ${name}`);
      return probeModule(module, target, { params, timeoutSeconds });
    },
  };
}

/** What a server needs to be run by a test. */
export interface ServerNeeds {
  readonly name: string;
  readonly programs: readonly string[];
  /** It gives up root's rights itself, and will not start without them. */
  readonly root?: true;
  /** It looks for files of its own at fixed places below /usr. */
  readonly overlay?: true;
}

export interface ServerTest {
  readonly place: Place;
  readonly recipes: Recipes;
  readonly found: readonly Found[];
}

/** Runs a test of a real server, or skips it if that cannot run here. */
export function withServer(t: Test, needs: ServerNeeds, body: (t: Test, server: ServerTest) => Promise<void>): void {
  const found = needs.programs.map(findServer).filter((one) => one !== undefined);
  t.test(needs.name, { skip: whyNot(needs, found), timeout: 300_000 }, async (t) => {
    const place = await makePlace(t);
    await body(t, { place, recipes: await openRecipes(place), found });
  });
}

function whyNot({ programs, root, overlay }: ServerNeeds, found: readonly Found[]): string | false {
  if (found.length < programs.length) return `not here: ${programs.join(', ')} (see .ci/servers)`;
  if (root === true && process.getuid?.() !== 0) return 'only root can start this server';
  const obstacles = overlay === true ? found.map(noOverlay) : [];
  return obstacles.find((obstacle) => obstacle !== false) ?? false;
}

/** The server is up; nothing listens; something else answers. */
export async function checkRecipe(t: Test, recipes: Recipes, row: RecipeCase): Promise<void> {
  const { module, target, params = {}, wrong, metrics = {}, tls } = row;
  const up = await recipes.probe(module, target, { params });
  t.equal(up.verdict, 'ok', `${module}: up${up.verdict === 'ok' ? '' : `\n${up.log}`}`);
  t.match(up.metrics, metrics, `${module}: metrics`);
  if (tls === true) t.equal(up.metrics['probe_ssl_verified'], 1, `${module}: the certificate verified`);
  const port = await deadPort();
  const downTarget = target.replace(/(127\.0\.0\.1|\[::1\]):\d+/, `$1:${port}`);
  const down = await recipes.probe(module, downTarget, { params });
  t.match(down.verdict, /^(connect|request)\/connection_refused$/, `${module}: down`);
  for (const other of wrong) {
    const look = (timeoutSeconds: number): Promise<Probed> =>
      recipes.probe(module, other.target, { params, timeoutSeconds });
    // On a busy machine a second may be over before the server was silent.
    let probed = await look(other.verdict.endsWith('_timeout') ? SILENCE_SECONDS : ANSWER_SECONDS);
    if (probed.verdict !== other.verdict) probed = await look(ANSWER_SECONDS);
    const { verdict, log } = probed;
    t.equal(verdict, other.verdict, `${module}: ${other.name}${verdict === other.verdict ? '' : `\n${log}`}`);
  }
}

/**
 * Servers of other protocols: HTTP, which waits for a request, and one that greets as SSH does and then ignores what it
 * hears.
 */
export interface WrongServers {
  readonly web: (verdict: string) => WrongAnswer;
  readonly greeter: (verdict: string) => WrongAnswer;
}

export async function startWrongServers(t: Test): Promise<WrongServers> {
  const web = http.createServer((_request, response) => response.writeHead(404).end('no such page'));
  const greeter = net.createServer((socket) => {
    // A prober that hangs up is the rule here.
    socket.on('error', () => socket.destroy()).resume();
    socket.write('SSH-2.0-Another\r\n');
  });
  const sockets = new Set<net.Socket>();
  const target = async (server: net.Server): Promise<string> => {
    server.on('connection', (socket: net.Socket) => sockets.add(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.teardown(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  };
  const [webTarget, greeterTarget] = [await target(web), await target(greeter)];
  return {
    web: (verdict) => ({ name: 'a web server', target: webTarget, verdict }),
    greeter: (verdict) => ({ name: 'an SSH server', target: greeterTarget, verdict }),
  };
}
