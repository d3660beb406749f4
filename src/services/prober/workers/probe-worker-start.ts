import process from 'node:process';
import { systemClock } from '../../../values/clock.js';
import { loadOneByOne } from '../../../values/load-one-by-one.js';
import type { FromWorker, ToWorker } from './worker-messages.js';

/** The entry of a worker process. Its parent sends it modules and probes. Its state is lost when it ends. */
const waiting: ToWorker[] = [];
let take = (message: ToWorker): void => {
  waiting.push(message);
};

// Signals are ignored from here on, before anything is loaded: the service's first process ends this one. A terminal
// and a service manager signal all processes.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => undefined);
// The parent is gone. A plain exit would wait for threads that hang.
process.on('disconnect', () => {
  process.kill(process.pid, 'SIGKILL');
});
process.on('message', (message) => {
  // Our parent sends nothing else.
  take(message as ToWorker);
});

let sayStarted: () => void = () => undefined;

/** Resolves once the worker is warm and takes probes; bin/tune.js waits for it. */
export const started: Promise<void> = new Promise((resolve) => {
  sayStarted = resolve;
});

function post(message: FromWorker): void {
  process.send?.(message);
  if (message.kind === 'ready') sayStarted();
}

async function start(): Promise<void> {
  const { ProbeWorker } = await loadOneByOne(() => import('./probe-worker.js'));
  const worker = new ProbeWorker(post, { env: process.env, clock: systemClock });
  process.on('uncaughtException', worker.reportBug);
  process.on('unhandledRejection', worker.reportBug);
  take = (message) => {
    worker.take(message);
  };
  for (const message of waiting.splice(0)) worker.take(message);
}

void start();
