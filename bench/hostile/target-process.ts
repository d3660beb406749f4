// Starts the target of one row in a process of its own, so that what it does takes no time from those that are
// measured.
import { ROWS } from './rows/all-rows.js';

const [name] = process.argv.slice(2);
const row = ROWS.find((candidate) => candidate.name === name);
if (row?.kind !== 'target') throw new Error(`Cannot find the target "${name ?? ''}"`);
process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
  // Probes hang up in the middle of everything.
  if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') throw error;
});
console.log(`Target <${await row.start()}>`);
