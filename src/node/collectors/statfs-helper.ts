import { statfs } from 'node:fs';
import process from 'node:process';
import { statfsProblem } from './mount-stats.js';
import type { HelperAnswer, MountQuestion } from './slow-mounts.js';

/**
 * The program of a process of its own, which asks mounts that may hang (see slow-mounts.ts). It holds nothing that
 * could be lost, so it may be killed at any time.
 */
process.on('message', (message) => {
  // Our parent sends nothing else.
  const { path } = message as MountQuestion;
  statfs(path, (error, found) => {
    if (error !== null) reply({ path, answer: { kind: 'error', error: statfsProblem(error) } });
    else {
      const { bsize, blocks, bfree, bavail, files, ffree } = found;
      const stats = { blockBytes: bsize, blocks, blocksFree: bfree, blocksAvailable: bavail, files, filesFree: ffree };
      reply({ path, answer: { kind: 'stats', stats } });
    }
  });
});

// The parent is gone. A plain exit would wait for threads that hang.
process.on('disconnect', () => {
  process.kill(process.pid, 'SIGKILL');
});

function reply(answer: HelperAnswer): void {
  process.send?.(answer);
}
