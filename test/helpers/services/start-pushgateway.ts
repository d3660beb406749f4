import { parseFlags } from '../../../src/flags/parse-flags.js';
import { type PushService, startPushgateway } from '../../../src/services/pushgateway/push-service.js';
import { PUSHGATEWAY_FLAGS, readPushgatewayOptions } from '../../../src/services/pushgateway/pushgateway-flags.js';
import { type Clock, systemClock } from '../../../src/values/clock.js';
import { type HttpAnswer, httpGet, type HttpGetOptions } from './http-get.js';

export interface TestPushgateway extends PushService {
  readonly address: string;
  readonly logLines: readonly string[];
  readonly send: (method: string, path: string, options?: HttpGetOptions) => Promise<HttpAnswer>;
  /** The lines of a scrape that come from pushes. */
  readonly pushedLines: () => Promise<readonly string[]>;
}

export interface TestPushgatewayOptions {
  readonly clock?: Clock;
  /** For which heap the limits are; ample where absent. */
  readonly heapBytes?: number;
  /** In a thread of its own, as the command runs it. */
  readonly inThread?: boolean;
}

/** A pushgateway with these flags, on a port of its own on the loopback; the caller stops it. */
export async function startTestPushgateway(
  flags: readonly string[] = [],
  { clock = systemClock, heapBytes = Infinity, inThread = false }: TestPushgatewayOptions = {},
): Promise<TestPushgateway> {
  const logLines: string[] = [];
  const args = ['--web.listen-address=127.0.0.1:0', ...flags];
  const parsed = parseFlags(args, PUSHGATEWAY_FLAGS);
  const service = await startPushgateway(readPushgatewayOptions(parsed, heapBytes), {
    build: { version: '1.2.3', revision: 'r', branch: 'b', goos: 'linux', goarch: 'amd64', nodeVersion: 'v20.1.2' },
    hostname: 'push.example',
    pid: 1,
    env: {},
    clock,
    ...(!inThread && { isSingleThreaded: true }),
    log: { push: (line) => logLines.push(line), dropped: 0 },
  });
  const address = service.addresses[0] ?? '';
  const send = (method: string, path: string, options: HttpGetOptions = {}): Promise<HttpAnswer> =>
    httpGet(address, path, { ...options, method });
  return {
    ...service,
    address,
    logLines,
    send,
    pushedLines: async () => exposedLines((await send('GET', '/metrics')).text),
  };
}

const OWN = /^(?:# \w+ )?(?:nodejs_|process_|go_|pushgateway_|promhttp_|sonde_)/;
const PUSH_TIME_COMMENT = /^# (?:HELP|TYPE) push_(?:failure_)?time_seconds /;

/**
 * The lines of a scrape that come from pushes, of either program: neither its own metrics nor what is said about push
 * times.
 */
export function exposedLines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '' && !OWN.test(line) && !PUSH_TIME_COMMENT.test(line));
}
