import { writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Test } from 'tap';
import { gauge } from '../../../src/metrics/metric-definition.js';
import { ProbeFailure } from '../../../src/probe/failure.js';
import type { ProbeContext, ProbeRequest } from '../../../src/probe/prober.js';
import type { GivenWrite, RemoteWriteOptions } from '../../../src/services/prober/remote-write/remote-write-options.js';
import { decodeSnappyBlock } from '../../../src/values/codec/snappy-block.js';
import { ManualClock } from '../manual-clock.js';
import { until } from '../until.js';
import { httpGet } from './http-get.js';
import { startApp, testModule } from './start-app.js';

/** A request that a receiver has got; the body is decoded. */
export interface Taken {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What a receiver answers to a request. */
export interface Answered {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers a request, `index` of them after the first one. */
export type Answer = (request: Taken, index: number) => Answered;

const withEmptyLabel = gauge('probe_test_info', 'Has a label without a value.', ['full', 'empty']);

/** A receiver of remote write. */
async function startReceiver(t: Test, answer: Answer) {
  const requests: Taken[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const taken = { headers: request.headers, body: decodeSnappyBlock(Buffer.concat(chunks), 1e7) };
      const { status, headers = {} } = answer(taken, requests.push(taken) - 1);
      response.writeHead(status, headers).end(status === 204 ? '' : 'out of order');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/write`), requests };
}

export interface WritingOptions extends Partial<RemoteWriteOptions> {
  /** Keys beside the URL and a login. */
  readonly given?: GivenWrite;
  /** The text of a file of remote write in place of them, `rw.yml` in the folder, for a receiver at this URL. */
  readonly file?: (url: URL) => string;
  /** The text of the targets file. */
  readonly targets?: string;
}

const TARGETS = '- {targets: [x], labels: {module: m, team: web}, schedule: 10s}\n';

/** A service with one target, probed every ten seconds of a manual clock, that writes to a receiver. */
export async function startRemoteWriting(
  t: Test,
  answer: Answer,
  { given = {}, file, targets = TARGETS, ...options }: WritingOptions = {},
) {
  const { url, requests } = await startReceiver(t, answer);
  const folder = t.testdir({
    targets: { 't.yml': targets },
    password: 'secret\n',
  });
  const login = { basic_auth: { username: 'me', password_file: join(folder, 'password') } };
  const path = join(folder, 'rw.yml');
  if (file !== undefined) writeFileSync(path, file(url));
  const clock = new ManualClock();
  let isDown = false;
  const probe = (_request: ProbeRequest, { metrics }: ProbeContext) => {
    metrics.setWith(withEmptyLabel, { full: 'a', empty: '' }, 1);
    return isDown ? Promise.reject(new ProbeFailure('connect', 'connection_refused', 'no')) : Promise.resolve();
  };
  const app = await startApp({
    modules: [testModule({ name: 'm', probe })],
    clock,
    options: {
      targetFiles: [join(folder, 'targets')],
      remoteWrite: {
        source: file ? { kind: 'file', path } : { kind: 'flags', given: { url: url.href, ...login, ...given } },
        ...{ queue: join(folder, 'queue'), queueBytes: 1e6, externalLabels: [], histograms: 'native' as const },
        ...options,
      },
    },
  });
  t.teardown(() => app.stop(0));
  const pass = async (done: () => boolean | Promise<boolean>, what: string) => {
    await until(async () => {
      clock.advance(0.5);
      return await done();
    }, what);
  };
  const metric = async (line: RegExp) => line.test((await httpGet(app.address, '/metrics')).text);
  return { app, clock, folder, url, requests, pass, metric, fail: (down: boolean) => (isDown = down) };
}
