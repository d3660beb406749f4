import { parentPort } from 'node:worker_threads';
import { type CheckAnswer, type CheckTask, performCheck } from './check-task.js';

/** What comes back from the thread: the answer, or the message of what went wrong, which is a bug of ours. */
export type CheckReply = { readonly answer: CheckAnswer } | { readonly bug: string };

/** The thread's side of CheckWorkers: one task at a time. */
parentPort?.on('message', (task: CheckTask) => {
  performCheck(task).then(
    (answer) => {
      reply({ answer });
    },
    (error: unknown) => {
      reply({ bug: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    },
  );
});

function reply(message: CheckReply): void {
  parentPort?.postMessage(message);
}
