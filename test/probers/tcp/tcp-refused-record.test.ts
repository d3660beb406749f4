import t from 'tap';
import { probe } from '../../helpers/services/probe.js';
import { makeSelfSigned } from '../../helpers/tls/certificates.js';
import { startTls12Server } from '../../helpers/tls/tls12-server.js';

const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const LINE = [APPLICATION_DATA, Buffer.from('220 ready\r\n')] as const;
const LINES = [APPLICATION_DATA, Buffer.from('220 ready\r\n221 bye\r\n')] as const;
/** Wants another handshake, which no client of ours does. */
const HELLO_REQUEST = [HANDSHAKE, Buffer.alloc(4)] as const;

interface Row {
  readonly name: string;
  readonly behind: readonly (readonly [type: number, content: Buffer])[];
  readonly steps: string;
  readonly verdict: string;
}

const ROWS: readonly Row[] = [
  { name: 'a line', behind: [LINE, HELLO_REQUEST], steps: '{expect: "^220"}', verdict: 'ok' },
  {
    name: 'a line, and an answer',
    behind: [LINE, HELLO_REQUEST],
    steps: '{expect: "^220", send: QUIT}',
    verdict: 'ok',
  },
  {
    name: 'two lines of a record, and an answer to each',
    behind: [LINES, HELLO_REQUEST],
    steps: '{expect: "^220", send: QUIT}, {expect: "^221", send: again}',
    verdict: 'ok',
  },
  {
    name: 'data that nobody waits for',
    behind: [LINE, HELLO_REQUEST],
    steps: '{send: a}, {send: b}',
    verdict: 'ok',
  },
  {
    name: 'too little',
    behind: [LINE, HELLO_REQUEST],
    steps: '{expect: "^220", send: QUIT}, {expect: "^221"}',
    verdict: 'dialogue/tls_handshake_failed',
  },
  {
    name: 'nothing',
    behind: [HELLO_REQUEST, LINE],
    steps: '{expect: "^220"}',
    verdict: 'dialogue/tls_handshake_failed',
  },
];

// blackbox_exporter comes to the refused record only when it needs more than it has read.
t.test('a record that is refused spoils nothing that came before it', async (t) => {
  const identity = await makeSelfSigned();
  for (const isApart of [true, false]) {
    for (const { name, behind, steps, verdict } of ROWS) {
      const { port } = await startTls12Server(t, identity, { behind, isApart });
      const block = `tls: true\n  tls_config: { insecure_skip_verify: true }\n  query_response: [${steps}]`;
      const probed = await probe(`prober: tcp\ntcp:\n  ${block}`, `127.0.0.1:${port}`);
      t.equal(probed.verdict, verdict, `${name}${isApart ? ', apart from the handshake' : ''}`);
    }
  }
});
