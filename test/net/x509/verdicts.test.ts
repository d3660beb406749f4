import { readFileSync } from 'node:fs';
import t from 'tap';
import { REPOSITORY } from '../../helpers/peer.js';
import { startTlsServer } from '../../helpers/tls/tls-server.js';
import { root } from './chain-case.js';
import { chainCases, ownVerdict, WEAK_TOO } from './chain-verdicts.js';

/** What blackbox_exporter 0.28 said of each chain; written by test/interop/tls/certificate-verdicts.test.ts. */
const recorded = new Map(
  Object.entries(
    JSON.parse(readFileSync(`${REPOSITORY}/test/fixtures/certificate-verdicts.json`, 'utf8')) as Record<string, string>,
  ),
);

t.test('chains are judged as by the real exporter', async (t) => {
  const cases = chainCases();
  t.ok(cases.length >= 120, `${cases.length} chains`);
  t.same(
    cases.map(({ title }) => title),
    [...recorded.keys()],
    'each is recorded',
  );
  const server = await startTlsServer(root, WEAK_TOO);
  t.teardown(server.close);
  for (const each of cases) {
    try {
      server.present(each.leaf, each.others);
    } catch (error) {
      // The OpenSSL of newer versions of Node cannot even serve such a certificate.
      t.match(error, { code: 'ERR_OSSL_ASN1_UTCTIME_IS_TOO_SHORT' }, `${each.title}: cannot be served`);
      continue;
    }
    t.equal(await ownVerdict(each, server.port), recorded.get(each.title), each.title);
  }
});
