import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { Peer } from '../peer.js';
import { deadPort } from '../servers/dead-port.js';
import { type ChildService, startChildService } from '../services/child-service.js';

const READY = /(?:Listening on|TLS is disabled)[^\n]*address=(\S+:\d+)/;

/**
 * Starts a real Prometheus that takes remote writes, with further `options` of its command line, on a port and a folder
 * that stay when it is started again. Without the feature `native-histograms` older ones take none.
 */
export async function startWriteReceiver(
  t: Test,
  { path }: Peer,
  options: readonly string[] = [],
  features: readonly string[] = ['native-histograms'],
) {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-receiver-'));
  writeFileSync(join(folder, 'prometheus.yml'), 'scrape_configs: []\n');
  const address = `127.0.0.1:${await deadPort()}`;
  let service: ChildService | undefined;
  const start = async (): Promise<void> => {
    service = await startChildService({
      command: path,
      args: [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'tsdb')}`,
        `--web.listen-address=${address}`,
        '--web.enable-remote-write-receiver',
        ...features.map((feature) => `--enable-feature=${feature}`),
        ...options,
      ],
      ready: READY,
    });
  };
  await start();
  t.teardown(async () => {
    await service?.stop();
    rmSync(folder, { recursive: true });
  });
  return {
    start,
    kill: () => {
      process.kill(service?.pid ?? 0, 'SIGKILL');
    },
    address: () => address,
    /** Where the segments of its write-ahead log are. */
    wal: join(folder, 'tsdb/wal'),
  };
}

/** A web server that answers `ok`; resolves to its URL. */
export async function startOkServer(t: Test): Promise<string> {
  const server = createServer((_request, response) => response.end('ok'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
