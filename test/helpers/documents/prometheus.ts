import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { Peer } from '../peer.js';
import { startChildService } from '../services/child-service.js';
import { httpGet } from '../services/http-get.js';

/** A series of an instant query's answer. */
export interface QueriedSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** How long and how often a query is repeated before its data counts as missing. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 500;

/**
 * Starts a real Prometheus with `config` (the text of prometheus.yml), which scrapes every second unless the config
 * says otherwise; resolves to its address.
 */
export async function startPrometheus(t: Test, { path }: Peer, config: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-prometheus-'));
  mkdirSync(join(folder, 'tsdb'));
  const pace = /^global:/m.test(config) ? '' : 'global: { scrape_interval: 1s, scrape_timeout: 1s }\n';
  writeFileSync(join(folder, 'prometheus.yml'), pace + config);
  const service = await startChildService({
    command: path,
    args: [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'tsdb')}`,
      '--web.listen-address=127.0.0.1:0',
    ],
    ready: /(?:Listening on|TLS is disabled)[^\n]*address=(\S+:\d+)/,
  });
  t.teardown(async () => {
    await service.stop();
    rmSync(folder, { recursive: true });
  });
  return service.address;
}

interface QueryAnswer {
  readonly result: readonly { metric: Record<string, string>; value: [number, string] }[];
}

/**
 * The `data` of an answer of Prometheus' API; undefined if it answers with an error, as it does until it is ready. `T`
 * is the documented shape.
 */
export async function askPrometheus<T>(
  address: string,
  endpoint: 'query' | 'query_range' | 'rules' | 'alerts',
  parameters: Readonly<Record<string, string>> = {},
): Promise<T | undefined> {
  const { status, text } = await httpGet(address, `/api/v1/${endpoint}?${new URLSearchParams(parameters).toString()}`);
  if (status === 400) throw new Error(`Prometheus refuses ${endpoint} ${JSON.stringify(parameters)}: ${text}`);
  return status === 200 ? (JSON.parse(text) as { data: T }).data : undefined;
}

/**
 * Asks Prometheus until at least `enough` series are there, for at most a minute; throws an Error if they never
 * are.
 */
export async function queryPrometheus(
  address: string,
  expression: string,
  enough: number,
): Promise<readonly QueriedSeries[]> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const last = await askPrometheus<QueryAnswer>(address, 'query', { query: expression });
    const { result } = last ?? { result: [] };
    if (result.length >= enough) return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    if (performance.now() > end)
      throw new Error(`Prometheus never had ${enough} series for ${expression}: ${JSON.stringify(last)}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
