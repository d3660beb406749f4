// Kills the pushgateway (SIGKILL) at random moments while clients push, replace and delete, and looks whether all that
// was answered is there in its next life. Ends with 1 if not. Loopback only.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { startSonde } from '../../test/helpers/peer.js';
import { KillRounds } from '../../test/helpers/push/kill-rounds.js';

const LONGEST_LIFE_MS = 2000;
const START_SECONDS = 120;

const rounds = Number(process.argv[2] ?? 60);
if (!(rounds >= 1)) throw new Error('usage: node dist/bench/push/kills.js [ROUNDS]   (60)');
const folder = mkdtempSync(join(os.tmpdir(), 'sonde-kills-'));
const args = [`--persistence.file=${join(folder, 'store')}`, '--web.enable-admin-api'];
const lives = new KillRounds(() => startSonde(args, { command: 'pushgateway', startSeconds: START_SECONDS }));
let answers = 0;
let faults = 0;
try {
  for (let round = 0; round < rounds; round++) {
    const result = await lives.run({ milliseconds: Math.random() * LONGEST_LIFE_MS });
    answers += result.answers;
    faults += result.faults.length;
    for (const fault of result.faults) console.log(`round ${round}: ${fault}`);
  }
} finally {
  await lives.stop();
  rmSync(folder, { recursive: true });
}
console.log(`${rounds} rounds, ${answers} answers, ${faults} of them not kept`);
if (faults > 0) process.exitCode = 1;
