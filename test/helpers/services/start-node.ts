import { parseFlags } from '../../../src/flags/parse-flags.js';
import { NODE_COMMAND_FLAGS, readNodeOptions } from '../../../src/services/node/node-flags.js';
import { type NodeService, startNode as startService } from '../../../src/services/node/node-service.js';
import { type Clock, systemClock } from '../../../src/values/clock.js';
import { type HttpAnswer, httpGet, type HttpGetOptions } from './http-get.js';

/** Node metrics on a port of their own on the loopback; the caller stops them. */
export interface TestNode extends NodeService {
  readonly logLines: readonly string[];
  readonly get: (path: string, options?: HttpGetOptions) => Promise<HttpAnswer>;
}

/** Starts node metrics as a command line says; throws what it is refused with. */
export async function startNode(args: readonly string[], clock: Clock = systemClock): Promise<TestNode> {
  const logLines: string[] = [];
  const flags = parseFlags(['--web.listen-address=127.0.0.1:0', ...args], NODE_COMMAND_FLAGS);
  const service = await startService(readNodeOptions(flags), {
    build: { version: '1.2.3', revision: 'r', branch: 'b', goos: 'linux', goarch: 'amd64', nodeVersion: 'v20.1.2' },
    hostname: 'host.example',
    pid: 1,
    env: {},
    clock,
    log: { push: (line) => logLines.push(line), dropped: 0 },
  });
  return { ...service, logLines, get: (path, options) => httpGet(service.addresses[0] ?? '', path, options) };
}
