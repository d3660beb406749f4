import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { startChildService } from './child-service.js';
import { httpGet } from './http-get.js';
import type { Peer } from './peer.js';

/** A series of an instant query's answer. */
export interface QueriedSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** How long and how often a query is repeated before its data counts as missing. */
const ATTEMPTS = 60;
const PAUSE_MS = 500;

/** Starts a real Prometheus with `config` (the text of prometheus.yml), which scrapes every second unless the config says otherwise; resolves to its address. */
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
  readonly data: { readonly result: readonly { metric: Record<string, string>; value: [number, string] }[] };
}

/** Asks Prometheus until at least `enough` series are there, for at most half a minute; throws an Error if they never are. */
export async function queryPrometheus(
  address: string,
  expression: string,
  enough: number,
): Promise<readonly QueriedSeries[]> {
  const path = `/api/v1/query?${new URLSearchParams({ query: expression }).toString()}`;
  let last = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { status, text } = await httpGet(address, path);
    last = text;
    // The shape is Prometheus' documented API.
    const { data } = status === 200 ? (JSON.parse(text) as QueryAnswer) : { data: { result: [] } };
    if (data.result.length >= enough)
      return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  throw new Error(`Prometheus never had ${enough} series for ${expression}: ${last}`);
}
