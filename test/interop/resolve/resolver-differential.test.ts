import { execFile, spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, promisify } from 'node:util';
import t from 'tap';
import { findBlackboxExporter, isCurrent, NO_PEER } from '../../helpers/peer.js';
import { RESOLVER_CASES } from '../../net/resolve/resolver-cases.js';
import type { Compared } from './resolver-child.js';

// Names are looked up as blackbox_exporter does, that is by Go's resolver: the same servers are asked the same, in the
// same order, with the same outcome.

t.setTimeout(300_000);

const CHILD = fileURLToPath(new URL('resolver-child.js', import.meta.url));
/** In a network of its own, with a resolv.conf of its own. */
const ALONE = ['--user', '--map-root-user', '--net', '--mount', 'sh', '-c'];
const PREPARE = 'ip link set lo up && mount --bind "$1" /etc/resolv.conf && mount --bind "$2" /etc/hosts';

const peer = findBlackboxExporter();

function noNetwork(): string | false {
  const { status, error } = spawnSync('unshare', [...ALONE, 'ip link set lo up'], { stdio: 'ignore' });
  return error === undefined && status === 0 ? false : 'no network with name servers can be made here';
}

/** Each look that was seen, and how often. */
function counted(looks: readonly Compared[]): readonly object[] {
  const different = looks.filter((look, index) => looks.findIndex((one) => isDeepStrictEqual(one, look)) === index);
  return different.map((one) => ({ times: looks.filter((look) => isDeepStrictEqual(one, look)).length, ...one }));
}

t.test('look-ups against blackbox_exporter', { skip: peer && isCurrent(peer) ? noNetwork() : NO_PEER }, async (t) => {
  const folder = t.testdir({ 'resolv.conf': '', hosts: '127.0.0.1 localhost\n' });
  const files = [`${folder}/resolv.conf`, `${folder}/hosts`];
  const args = [...ALONE, `${PREPARE} && shift 2 && exec "$@"`, 'sh', ...files, process.execPath, CHILD];
  const env = { ...process.env, GODEBUG: 'netdns=go' };
  const { stdout } = await promisify(execFile)('unshare', [...args, peer!.path, folder], { env, timeout: 250_000 });
  const looks = JSON.parse(stdout) as readonly (readonly Compared[])[];
  t.equal(looks.length, RESOLVER_CASES.length);
  for (const [index, { name, differs }] of RESOLVER_CASES.entries()) {
    const [seen, last] = [looks[index]!, looks[index]!.at(-1)!];
    const agreed = seen.find(({ peer, sonde }) => isDeepStrictEqual(sonde, peer));
    if (differs !== undefined) t.notSame(last.sonde, last.peer, `${name}: differs, ${differs}`);
    else t.ok(agreed, name, { looks: counted(seen) });
  }
});
