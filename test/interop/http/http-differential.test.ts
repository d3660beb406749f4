import t, { type Test } from 'tap';
import { findBlackboxExporter, isCurrent, NO_PEER, type Peer } from '../../helpers/peer.js';
import { stageCases } from '../differential.js';
import {
  EXPECTED_DIFFERENCES,
  type ExpectedDifference,
  NOT_FOR_OLD_PEERS,
  OLD_PEER_DIFFERENCES,
} from '../expected-differences.js';
import { KnownDifferences } from '../known-differences.js';
import type { HttpCase } from './http-cases.js';
import { ANSWER_CASES } from './http-cases-answer.js';
import { BODY_CASES } from './http-cases-body.js';
import { PROXY_CASES } from './http-cases-proxy.js';
import { REDIRECT_CASES } from './http-cases-redirect.js';
import { REQUEST_CASES } from './http-cases-request.js';
import { TARGET_CASES } from './http-cases-target.js';
import { TLS_CASES } from './http-cases-tls.js';

const CASES: readonly HttpCase[] = [
  ...REQUEST_CASES,
  ...ANSWER_CASES,
  ...BODY_CASES,
  ...REDIRECT_CASES,
  ...TLS_CASES,
  ...TARGET_CASES,
  ...PROXY_CASES,
];

/** Keys that a 0.23 would refuse to load. */
const NEWER_KEYS = ['body_file', 'http_headers', 'no_proxy', 'proxy_connect_header'].concat([
  'fail_if_body_json_matches_cel',
  'fail_if_body_json_not_matches_cel',
]);

function casesFor(peer: Peer): readonly HttpCase[] {
  if (isCurrent(peer)) return CASES;
  return CASES.filter(
    ({ name, http = {} }) => !NOT_FOR_OLD_PEERS.includes(name) && !NEWER_KEYS.some((key) => key in http),
  );
}

/** Both programs are asked for this many cases at a time; most of them only wait. */
const AT_ONCE = 4;

// Hundreds of probes against two programs, some of which wait for their timeout.
t.setTimeout(500_000);
const peer = findBlackboxExporter();
if (peer === undefined) t.test('HTTP probes against blackbox_exporter', { skip: NO_PEER }, () => undefined);
else t.test(`HTTP probes against blackbox_exporter ${peer.version}`, { timeout: 300_000 }, (t) => compareAll(t, peer));

async function compareAll(t: Test, peer: Peer): Promise<void> {
  const names = new Set(CASES.map(({ name }) => name));
  t.equal(names.size, CASES.length, 'every case has a name of its own');
  t.same(
    NOT_FOR_OLD_PEERS.filter((name) => !names.has(name)),
    [],
    'what is left out for old peers exists',
  );
  const cases = casesFor(peer);
  const stage = await stageCases(cases, peer);
  t.teardown(stage.close);
  const known = new KnownDifferences(EXPECTED_DIFFERENCES, {
    general: generalDifferences(peer),
    isOld: !isCurrent(peer),
  });
  const waiting = [...cases];
  const work = async (): Promise<void> => {
    for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
      const one = row;
      await known.compare(t, one, () => stage.compare(one));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

function generalDifferences(peer: Peer): readonly ExpectedDifference[] {
  const known: readonly ExpectedDifference[] = Object.values(EXPECTED_DIFFERENCES);
  const everywhere = known.filter(({ everywhere }) => everywhere === true);
  return isCurrent(peer) ? everywhere : [...everywhere, ...OLD_PEER_DIFFERENCES];
}
