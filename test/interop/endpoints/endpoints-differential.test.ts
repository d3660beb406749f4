import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  findBlackboxExporter,
  isCurrent,
  NO_PEER,
  type Peer,
  sondeCommand,
  startBlackboxExporter,
  startSonde,
} from '../../helpers/peer.js';
import { type HttpAnswer, httpGet } from '../../helpers/services/http-get.js';
import { answer } from '../http/http-cases.js';
import { startOrigin } from '../http/origin.js';
import { withCharset } from '../http/with-charset.js';
import { COMMAND_LINES, CONFIG, type EndpointCase, ENDPOINTS, MOUNTS } from './endpoint-cases.js';

t.setTimeout(500_000);

const peer = findBlackboxExporter();
const skip = peer === undefined ? NO_PEER : isCurrent(peer) ? false : `blackbox_exporter ${peer.version} is too old`;

/** A working directory with the configuration that both programs read. */
function setFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-endpoints-'));
  writeFileSync(join(folder, 'blackbox.yml'), CONFIG);
  writeFileSync(join(folder, 'broken.yml'), 'modules: [\n');
  t.teardown(() => {
    rmSync(folder, { recursive: true });
  });
  return folder;
}

/** Both programs with the same arguments; resolves to their addresses, the peer's first. */
async function startBoth(t: Test, peer: Peer, args: readonly string[] = []): Promise<readonly [string, string]> {
  const folder = setFolder(t);
  const all = ['--config.file=blackbox.yml', ...args];
  const theirs = await startBlackboxExporter(peer, all, folder);
  t.teardown(() => theirs.stop());
  const ours = await startSonde(all, { cwd: folder });
  t.teardown(() => ours.stop());
  return [theirs.address, ours.address];
}

/** What a client can tell of an answer, without what is another each time. */
function tellable({ status, headers, text }: HttpAnswer, { ignoreText }: EndpointCase): Record<string, unknown> {
  const told = ['content-type', 'content-encoding', 'x-content-type-options', 'location', 'allow'];
  return {
    status,
    ...Object.fromEntries(told.map((name) => [name, headers[name]])),
    ...(ignoreText === true ? {} : { text: withoutMoments(text) }),
  };
}

/**
 * Log lines and metrics of a debug page are compared elsewhere; the websocket block came with the release after 0.28.
 */
function withoutMoments(text: string): string {
  return text
    .replace(
      /(Logs for the probe:\n)[\s\S]*(\n\n\nMetrics that would have been returned:\n)[\s\S]*(\n\n\nModule)/,
      '$1…$2…$3',
    )
    .replaceAll(/^( *)websocket:\n(?:\1 +.*\n)+/gm, '');
}

async function compare(t: Test, row: EndpointCase, addresses: readonly [string, string], target = ''): Promise<void> {
  const { path, method, headers } = row;
  const [theirs, ours] = await Promise.all(
    addresses.map((address) =>
      httpGet(address, path.replace('TARGET', encodeURIComponent(target)), {
        ...(method !== undefined && { method }),
        ...(headers !== undefined && { headers }),
      }),
    ),
  );
  t.same(tellable(ours!, row), { ...withCharset(tellable(theirs!, row)), ...row.ours }, row.name);
}

t.test('endpoints answer as those of blackbox_exporter', { skip }, async (t) => {
  const addresses = await startBoth(t, peer!);
  const origin = await startOrigin(answer('200 OK', 'hello'));
  t.teardown(origin.close);
  for (const row of ENDPOINTS) await compare(t, row, addresses, `http://127.0.0.1:${origin.port}/`);
});

for (const { args, rows } of MOUNTS) {
  t.test(`routes with ${args.join(' ')}`, { skip }, async (t) => {
    const addresses = await startBoth(t, peer!, args);
    for (const row of rows) await compare(t, row, addresses);
  });
}

t.test('command lines end alike', { skip }, async (t) => {
  const folder = setFolder(t);
  for (const { name, args, says = true } of COMMAND_LINES) {
    const options = { cwd: folder, encoding: 'utf8', timeout: 60_000 } as const;
    const sonde = sondeCommand(args);
    const theirs = spawnSync(peer!.path, args, options);
    const ours = spawnSync(sonde.command, sonde.args, options);
    t.equal(ours.status, theirs.status, `${name}: exit code`);
    if (says) t.equal(withoutName(ours.stderr), withoutName(theirs.stderr), `${name}: what it says`);
  }
});

/** The error without the name of the program. */
function withoutName(stderr: string): string {
  return stderr.replace(/^\S+: error: /, '');
}
