import path from 'node:path';
import t, { type Test } from 'tap';
import type { FoundAddresses } from '../../../src/net/resolve/name-answer.js';
import { ResolveError } from '../../../src/net/resolve/resolve-error.js';
import { createSystemResolver } from '../../../src/net/resolve/resolver.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { type ScriptedDns, startScriptedDns } from '../../helpers/servers/scripted-dns.js';
import { makesWait, type ResolverCase } from './resolver-case.js';
import { confOf, hostOf, RESOLVER_CASES, scriptOf } from './resolver-cases.js';

// What name servers may say, well or badly, and whom the resolver asks then. test/interop holds that Go's does so, too.

interface Fixture {
  readonly clock: ManualClock;
  readonly servers: readonly ScriptedDns[];
}

/** Three servers; where one says nothing that helps, the time goes on once it was asked. */
async function threeServers(t: Test): Promise<Fixture> {
  const clock = new ManualClock();
  const servers = await Promise.all(
    [1, 2, 3].map((number) =>
      startScriptedDns(t, (query, transport) => {
        const acts = scriptOf(number, query)(query, transport);
        if (makesWait(acts)) setImmediate(() => clock.advance(1));
        return acts;
      }),
    ),
  );
  return { clock, servers };
}

t.test('replies and what becomes of them', async (t) => {
  const { clock, servers } = await threeServers(t);
  for (const conf of new Set(RESOLVER_CASES.map(confOf))) {
    const folder = t.testdir({ hosts: '', 'resolv.conf': conf });
    const resolver = createSystemResolver({
      hostsFile: path.join(folder, 'hosts'),
      resolvConfFile: path.join(folder, 'resolv.conf'),
      hostname: 'here',
      clock,
      servers: servers.map(({ target }) => target),
    });
    for (const row of RESOLVER_CASES.filter((one) => confOf(one) === conf)) {
      const before = servers.map(({ queries }) => queries.length);
      const lookUp = ({ family }: ResolverCase): Promise<FoundAddresses> => {
        const { signal } = new AbortController();
        if (family === 'either') return resolver.lookupEither(hostOf(row), 6, signal);
        return resolver.lookup(hostOf(row), family === 'ip6' ? 6 : 4, signal);
      };
      const gives = await lookUp(row).then(({ addresses: [first = ''] }) => first, inWords);
      const asks = servers.flatMap(({ queries }, index) =>
        queries.slice(before[index]).map(({ transport }) => `${transport.charAt(0)}${index + 1}`),
      );
      t.strictSame({ gives, asks: inOrder(asks) }, { gives: row.gives, asks: row.asks }, row.name);
    }
  }
  t.equal(clock.pending, 0, 'no timer is left');
  t.equal(
    servers.reduce((sum, { open }) => sum + open(), 0),
    0,
    'no socket is left',
  );
});

function inWords(error: unknown): string {
  if (!(error instanceof ResolveError)) throw error;
  return error.message.replace(/^lookup [^ :]+(?: on [^ ]+)?: /, '');
}

/** By the number of the server, then TCP before UDP. */
function inOrder(asks: readonly string[]): string {
  const key = (ask: string): string => `${ask.charAt(1)}${ask.charAt(0)}`;
  return [...asks].sort((a, b) => (key(a) < key(b) ? -1 : 1)).join(' ');
}
