import { parentPort } from 'node:worker_threads';
import { stackOf } from '../../values/as-error.js';
import { loadOneByOne } from '../../values/load-one-by-one.js';
import { type CheckAnswer, type CheckTask, performCheck } from './check-task.js';
import { whileLoading } from './thread-loading.js';

/** The message from the thread: the answer, or the text of an error, which is a bug of ours. */
export type CheckReply = { readonly answer: CheckAnswer } | { readonly bug: string };

/** The thread's side of CheckWorkers: one task at a time. */
parentPort?.on('message', (task: CheckTask) => {
  perform(task).then(
    (answer) => {
      reply({ answer });
    },
    (error: unknown) => {
      reply({ bug: stackOf(error) });
    },
  );
});

let isCelLoaded = false;

/** The implementation of CEL is loaded by the first task that needs it. */
async function perform(task: CheckTask): Promise<CheckAnswer> {
  const usesCel = task.kind === 'cel' || (task.kind === 'compile' && task.language === 'cel');
  if (usesCel && !isCelLoaded) {
    await whileLoading(() =>
      loadOneByOne(async () => {
        const { compileCel } = await import('../../values/cel/cel-program.js');
        // The first program loads the rest.
        await compileCel('true');
      }),
    );
    isCelLoaded = true;
  }
  return performCheck(task);
}

function reply(message: CheckReply): void {
  parentPort?.postMessage(message);
}
