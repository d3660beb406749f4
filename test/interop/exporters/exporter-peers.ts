import type { Test } from 'tap';
import { type ExposedFamily, readExposition } from '../../helpers/exposition.js';
import { type Peer, startSonde } from '../../helpers/peer.js';
import { deadPort } from '../../helpers/servers/dead-port.js';
import { type ChildService, startChildService } from '../../helpers/services/child-service.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { until } from '../../helpers/until.js';

/** The real exporter of a kind of server, and Sonde in its place, with the same flags. */
export interface ExporterPair {
  readonly theirs: ChildService;
  readonly ours: ChildService;
}

export interface PairOptions {
  readonly peer: Peer;
  /** The command of Sonde, such as `redis`. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts both; they end with the test. */
export async function startPair(t: Test, { peer, command, args, env }: PairOptions): Promise<ExporterPair> {
  const theirs = await startRealExporter(t, peer, args, env);
  const ours = await startSonde(args, { command, ...(env && { env }) });
  t.teardown(() => ours.stop());
  return { theirs, ours };
}

/** The real exporters do not say which port they were given, so it is chosen for them. */
export async function startRealExporter(
  t: Test,
  { path }: Peer,
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<ChildService> {
  const address = `127.0.0.1:${await deadPort()}`;
  const service = await startChildService({
    command: path,
    args: [`--web.listen-address=${address}`, ...args],
    ready: /(?:Providing metrics at |Listening on"? address=)(127\.0\.0\.1:\d+)/,
    ...(env !== undefined && { env }),
  });
  await untilItAnswers(address);
  t.teardown(() => service.stop());
  return service;
}

/** redis_exporter says so before it listens. */
async function untilItAnswers(address: string): Promise<void> {
  const answers = (): Promise<boolean> =>
    httpGet(address, '/').then(
      () => true,
      () => false,
    );
  await until(answers, `the exporter at ${address} can be reached`);
}

/** Scrapes a page that has to be there. */
export async function scrape(t: Test, address: string, path: string): Promise<ReadonlyMap<string, ExposedFamily>> {
  const { status, text } = await httpGet(address, path);
  t.equal(status, 200, path);
  return readExposition(text);
}
