import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { MetricFamily } from '../../metrics/metric-family.js';
import { systemClock } from '../../values/clock.js';
import { serviceLog } from '../make-service-log.js';
import { openPushEngine, type PushEngine } from './push-engine.js';
import type { PushThreadData } from './push-thread.js';
import type { ToEngine } from './relay/relay-messages.js';
import { RelayedRequests } from './relay/relayed-requests.js';
import type { PostFromEngine } from './relay/relayed-response.js';

/** The thread that `openPushThread` starts: the engine, with a message port in place of sockets. */
async function main(port: MessagePort, { options, platform: facts, limit }: PushThreadData): Promise<void> {
  const keeping = new KeepingNews(port);
  const post: PostFromEngine = (message, hands = []) => {
    keeping.tell();
    port.postMessage(message, [...hands]);
  };
  const log = {
    dropped: 0,
    push: (line: string): void => {
      post({ kind: 'log', line });
    },
  };
  const platform = { ...facts, env: {}, clock: systemClock, log };
  const requests = new RelayedRequests(post, limit);
  const waiting: ((families: readonly MetricFamily[]) => void)[] = [];
  const gatherProcess = (): Promise<readonly MetricFamily[]> =>
    new Promise((resolve) => {
      waiting.push(resolve);
      post({ kind: 'wants families' });
    });
  const opening = openPushEngine(options, {
    platform,
    log: serviceLog(options.logLevel, options.logFormat, platform),
    openBody: (request) => requests.bodyOf(request),
    gatherProcess,
    quit: () => {
      post({ kind: 'quit' });
    },
  });
  port.on('message', (message: ToEngine) => {
    if (message.kind === 'gathered') {
      log.dropped = message.droppedLogLines;
      for (const resolve of waiting.splice(0)) resolve(message.families);
    } else void opening.then((engine) => take(message, { engine, requests, port }));
  });
  keeping.watch((await opening).keepingProblem);
  post({ kind: 'ready' });
}

/** How often the state of the store is looked at where nothing else is said, in milliseconds. */
const KEEPING_MS = 500;

/**
 * Tells the thread with the sockets whether pushes can be kept, before anything else that it is told, so that it can
 * answer `/-/ready` itself.
 */
class KeepingNews {
  readonly #port: MessagePort;
  #problem: () => string | undefined = () => undefined;
  #told: string | undefined;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  watch(problem: () => string | undefined): void {
    this.#problem = problem;
    setInterval(() => {
      this.tell();
    }, KEEPING_MS).unref();
  }

  tell(): void {
    const problem = this.#problem();
    if (problem === this.#told) return;
    this.#told = problem;
    this.#port.postMessage({ kind: 'keeping', problem });
  }
}

interface Parts {
  readonly engine: PushEngine;
  readonly requests: RelayedRequests;
  readonly port: MessagePort;
}

function take(message: Exclude<ToEngine, { kind: 'gathered' }>, { engine, requests, port }: Parts): void {
  if (message.kind === 'answered') engine.noteAnswered(message.handler, message.status);
  else if (message.kind === 'bug') engine.reportBug(message.stack);
  else if (message.kind === 'beside') engine.showCompanions(message.services);
  else if (message.kind === 'stop') void engine.close().finally(() => port.close());
  else requests.take(message, engine.handle);
}

if (parentPort !== null) void main(parentPort, workerData as PushThreadData);
