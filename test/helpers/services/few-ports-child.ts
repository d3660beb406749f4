// Runs Sonde in the network namespace that this process was started in, where there are few ports to connect from:
// more probes at once than that, against a target that answers none of them until all ports are taken. The arguments
// are a folder for the configuration, how many probes, and flags of Sonde's. Writes FewPorts as JSON.
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { until } from '../until.js';
import { startChildService } from './child-service.js';
import { httpGet } from './http-get.js';

/** What came of the probes. */
export interface FewPorts {
  /** The metrics of probes that were answered while the target had the others. */
  readonly refused: readonly string[];
  /** The metrics of probes that the target had. */
  readonly held: readonly string[];
  /** The metrics of the process, afterwards. */
  readonly own: string;
  /** The exit code. */
  readonly code: number | null;
}

const SONDE = fileURLToPath(new URL('../../../../bin/sonde', import.meta.url));

const [folder = '', count = '', ...flags] = process.argv.slice(2);
const clients = Number(count);

async function run(): Promise<FewPorts> {
  const waiting: ServerResponse[] = [];
  let isOpen = false;
  const server = createServer((_, response) => {
    if (isOpen) response.end('here');
    else waiting.push(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const file = path.join(folder, 'b.yml');
  writeFileSync(file, 'modules: {web: {prober: http}}\n');
  const service = await startChildService({
    command: process.execPath,
    args: [SONDE, `--config.file=${file}`, '--web.listen-address=127.0.0.1:0', ...flags],
    ready: /Sonde is ready" addresses=(\S+)/,
    startSeconds: 60,
  });
  const target = encodeURIComponent(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  // Each client has an address of its own, and with it all of the few ports.
  const probe = (client: number): Promise<string> =>
    httpGet(service.address, `/probe?module=web&target=${target}`, {
      localAddress: `127.0.1.${client + 1}`,
      headers: { 'X-Prometheus-Scrape-Timeout-Seconds': '60' },
    }).then(({ status, text }) => `${status}\n${text}`);
  const refused: string[] = [];
  const held: string[] = [];
  const probes = Array.from({ length: clients }, async (_, client) => {
    const text = await probe(client);
    (isOpen ? held : refused).push(text);
  });
  await until(() => refused.length + waiting.length === clients, 'the ports are used up');
  isOpen = true;
  for (const response of waiting) response.end('here');
  await Promise.all(probes);
  await until(async () => (await probe(0)).includes('\nprobe_success 1\n'), 'there are ports again');
  const own = (await httpGet(service.address, '/metrics', { localAddress: '127.0.1.1' })).text;
  const code = await service.stop();
  server.close();
  server.closeAllConnections();
  return { refused, held, own, code };
}

process.stdout.write(JSON.stringify(await run()));
