import type { Test } from 'tap';
import { withEnvironment } from '../../../src/flags/environment.js';
import { parseFlags } from '../../../src/flags/parse-flags.js';
import { ALL_EXPORTERS } from '../../../src/services/exporters/all-exporters.js';
import { exporterFlags, readExporterOptions } from '../../../src/services/exporters/exporter-flags.js';
import { type ExporterService, startExporter } from '../../../src/services/exporters/exporter-service.js';
import type { ServerExporter } from '../../../src/services/exporters/server-exporter.js';
import { systemClock } from '../../../src/values/clock.js';
import { type HttpAnswer, httpGet, type HttpGetOptions } from './http-get.js';

/** An exporter on a port of its own on the loopback. */
export interface TestExporter extends ExporterService {
  readonly logLines: readonly string[];
  readonly get: (path: string, options?: HttpGetOptions) => Promise<HttpAnswer>;
}

/** The row of an exporter. */
export function exporterNamed(name: string): ServerExporter {
  const exporter = ALL_EXPORTERS.find((each) => each.name === name);
  if (exporter === undefined) throw new Error(`there is no exporter ${name}`);
  return exporter;
}

/**
 * Starts an exporter as a command line and the environment say; throws what it is refused with. It ends with the test.
 */
export async function startTestExporter(
  t: Test,
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<TestExporter> {
  const logLines: string[] = [];
  const exporter = exporterNamed(name);
  const definitions = exporterFlags(exporter);
  const flags = withEnvironment(
    parseFlags(['--web.listen-address=127.0.0.1:0', ...args], definitions),
    definitions,
    env,
  );
  const service = await startExporter(readExporterOptions(exporter, flags), {
    build: { version: '1.2.3', revision: 'r', branch: 'b', goos: 'linux', goarch: 'amd64', nodeVersion: 'v20.1.2' },
    hostname: 'host.example',
    pid: 1,
    env,
    clock: systemClock,
    log: { push: (line) => logLines.push(line), dropped: 0 },
  });
  t.teardown(() => service.stop(0));
  return { ...service, logLines, get: (path, options) => httpGet(service.addresses[0] ?? '', path, options) };
}
