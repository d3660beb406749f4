import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { findBlackboxExporter, isCurrent, NO_PEER, startBlackboxExporter, startSonde } from '../../helpers/peer.js';
import type { ChildService } from '../../helpers/services/child-service.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { type ClientHello, startHelloServer } from '../../helpers/tls/client-hello.js';

const found = findBlackboxExporter();
const skip = found === undefined ? NO_PEER : isCurrent(found) ? false : `blackbox_exporter ${found.version} is too old`;

async function helloOf(service: ChildService): Promise<ClientHello> {
  const server = await startHelloServer();
  const hello = server.next();
  await httpGet(service.address, `/probe?module=http&target=https://127.0.0.1:${server.port}/`);
  await server.close();
  await service.stop();
  return hello;
}

/** Those that both offer, in the order of `mine`. */
function shared(mine: readonly number[], others: readonly number[]): readonly number[] {
  return mine.filter((each) => others.includes(each));
}

const isTls13 = (suite: number): boolean => suite >> 8 === 0x13;
const isOlder = (suite: number): boolean => !isTls13(suite);

t.test('a server that leaves the choice to its client settles on the same with both', { skip }, async (t) => {
  if (found === undefined) return;
  const config = join(t.testdir({}), 'blackbox.yml');
  writeFileSync(config, 'modules: {http: {prober: http}}');
  const theirs = await helloOf(await startBlackboxExporter(found, [`--config.file=${config}`]));
  const ours = await helloOf(await startSonde([`--config.file=${config}`]));
  t.same(ours.suites.filter(isTls13), theirs.suites.filter(isTls13), 'suites of TLS 1.3');
  const older = theirs.suites.filter(isOlder);
  t.same(ours.suites.filter(isOlder).slice(0, older.length), older, 'suites of TLS 1.2');
  t.same(ours.groups, theirs.groups, 'groups');
  t.same(ours.keys, theirs.keys, 'keys');
  const both = shared(theirs.signatures, ours.signatures);
  t.ok(both.length >= 10);
  t.same(shared(ours.signatures, theirs.signatures), both, 'signatures');
});
