import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { PROTOBUF_CONTENT_TYPE, writeDelimitedProtobuf } from '../../../src/metrics/protobuf/write-protobuf.js';
import { findPushgateway, NO_PUSHGATEWAY, sondeCommand, startRealPushgateway } from '../../helpers/peer.js';
import { readRecordedCases, stepBody, stepHeaders } from '../../helpers/push/push-cases.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { exposedLines, startTestPushgateway } from '../../helpers/services/start-pushgateway.js';
import { FULL_FAMILIES } from '../../metrics/full-families.js';

const peer = findPushgateway();

/** Upstream accepts groups that are not UTF-8, and then fails every scrape. */
const NOT_UTF8 = new Set(['U15', 'B08']);

/** A push must not have timestamps. */
const EVERYTHING = FULL_FAMILIES.map((family) => ({
  ...family,
  samples: family.samples.map(({ timestampMs: _timestampMs, ...sample }) => sample),
}));

/** Pushes everything that the recorded cases push, and a family of each type. Returns the scrape. */
async function fill(address: string): Promise<readonly string[]> {
  for (const { steps } of readRecordedCases().filter(({ id }) => !NOT_UTF8.has(id))) {
    for (const step of steps.filter(({ method }) => method === 'PUT' || method === 'POST')) {
      const body = stepBody(step);
      const headers = { 'Content-Length': String(Buffer.byteLength(body ?? '')), ...stepHeaders(step) };
      const path = step.path ?? '';
      if (path.startsWith('/metrics/')) {
        await httpGet(address, path, { method: step.method ?? '', headers, ...(body !== undefined && { body }) });
      }
    }
  }
  const body = writeDelimitedProtobuf(EVERYTHING);
  const headers = { 'Content-Type': PROTOBUF_CONTENT_TYPE, 'Content-Length': String(body.length) };
  const { status, text } = await httpGet(address, '/metrics/job/everything/instance/%C3%A9', {
    method: 'PUT',
    headers,
    body,
  });
  if (status !== 200) throw new Error(text);
  return scrape(address);
}

async function scrape(address: string): Promise<readonly string[]> {
  const lines = exposedLines((await httpGet(address, '/metrics')).text);
  // The gateway shows one of two different help texts by chance.
  return lines.filter((line) => !line.startsWith('# HELP')).sort();
}

t.test(
  'what the real Pushgateway stored is shown by ours',
  { skip: peer === undefined && NO_PUSHGATEWAY },
  async (t) => {
    if (peer === undefined) return;
    const folder = t.testdir();
    const file = join(folder, 'metrics');
    const theirs = await startRealPushgateway(peer, [`--persistence.file=${file}`, '--push.enable-utf8-names']);
    t.teardown(() => theirs.stop());
    const before = await fill(theirs.address);
    await theirs.stop();
    const { command, args } = sondeCommand(['pushgateway', `--persistence.file=${file}`, `--import=${file}`]);
    const imported = spawnSync(command, args, { encoding: 'utf8' });
    t.match(imported, { status: 0, stderr: '' });
    t.match(imported.stdout, /^\S+: imported \d+ groups with \d+ metric families into the store of \S+\n$/);
    const ours = await startTestPushgateway([`--persistence.file=${file}`]);
    t.teardown(() => ours.stop(1));
    t.ok(before.length > 50);
    t.same(await scrape(ours.address), before);
  },
);
