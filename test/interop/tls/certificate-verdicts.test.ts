import { writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { findBlackboxExporter, isCurrent, NO_PEER, REPOSITORY, startBlackboxExporter } from '../../helpers/peer.js';
import { startTlsServer } from '../../helpers/tls/tls-server.js';
import { type ChainCase, root } from '../../net/x509/chain-case.js';
import { accepted, chainCases, comparable, ownVerdict, trustedPem, WEAK_TOO } from '../../net/x509/chain-verdicts.js';

function configOf(cases: readonly ChainCase[]): string {
  const modules = cases.map((each, index) => [
    `case${index}`,
    {
      prober: 'tcp',
      tcp: { tls: true, tls_config: { ca: trustedPem(each), server_name: each.serverName ?? 'localhost' } },
    },
  ]);
  return JSON.stringify({ modules: Object.fromEntries(modules) as unknown });
}

async function peerVerdict(address: string, index: number, port: number): Promise<string> {
  const url = `http://${address}/probe?debug=true&module=case${index}&target=127.0.0.1:${port}`;
  const text = await (await fetch(url)).text();
  const quoted = /msg="Error dialing TCP".*? err=("(?:[^"\\]|\\.)*"|\S+)/.exec(text)?.[1];
  if (quoted !== undefined) return comparable(quoted.startsWith('"') ? (JSON.parse(quoted) as string) : quoted);
  const expiry = /^probe_ssl_last_chain_expiry_timestamp_seconds (\S+)$/m.exec(text)?.[1];
  return accepted(expiry === undefined ? undefined : Number(expiry));
}

/** Distributions build it without its go.mod, and so with the leniencies of older versions of Go. */
const AS_RELEASED = 'rsa1024min=1,x509negativeserial=0';

const peer = findBlackboxExporter();
const skip = peer === undefined ? NO_PEER : isCurrent(peer) ? false : `blackbox_exporter ${peer.version} is too old`;

t.test('both programs judge every chain alike', { skip }, async (t) => {
  if (peer === undefined) throw new Error(NO_PEER);
  const cases = chainCases();
  const file = path.join(t.testdir({}), 'blackbox.yml');
  writeFileSync(file, configOf(cases));
  const service = await startBlackboxExporter(peer, [`--config.file=${file}`], undefined, { GODEBUG: AS_RELEASED });
  t.teardown(() => service.stop());
  const server = await startTlsServer(root, WEAK_TOO);
  t.teardown(server.close);
  const verdicts: Record<string, string> = {};
  for (const [index, each] of cases.entries()) {
    server.present(each.leaf, each.others);
    const theirs = await peerVerdict(service.address, index, server.port);
    verdicts[each.title] = theirs;
    t.equal(await ownVerdict(each, server.port), theirs, each.title);
  }
  // SONDE_RECORD_VERDICTS=1 writes what the tests without the real program compare with.
  if (process.env['SONDE_RECORD_VERDICTS'] === '1') {
    writeFileSync(`${REPOSITORY}/test/fixtures/certificate-verdicts.json`, `${JSON.stringify(verdicts, null, 2)}\n`);
  }
});
