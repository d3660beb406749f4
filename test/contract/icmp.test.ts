import t from 'tap';
import { noIcmp, openIcmpSockets } from '../helpers/icmp-support.js';
import { type ContractServer, proberContract } from './prober-contract.js';

function host(target: string): Promise<ContractServer> {
  return Promise.resolve({ target, open: openIcmpSockets, reached: Promise.resolve() });
}

const skip = noIcmp();
// A host either answers or it does not: there is nothing to refuse, and a target that is no host is a name that does
// not exist. The `hostname` parameter means nothing to this prober, as in upstream.
if (skip !== false) t.test('icmp', { skip }, () => undefined);
else {
  proberContract(t, {
    prober: 'icmp',
    startServer: () => host('127.0.0.1'),
    // The loopback answers from another address than this one.
    silent: { start: () => host('0.0.0.0'), verdict: 'rtt/response_timeout' },
    targetFor: (name) => name,
  });
}
