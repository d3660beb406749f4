import t, { type Test } from 'tap';
import { checkThreads } from '../../src/probe/checks/check-threads.js';
import { uint16, wireRecord, wireReply, wireString } from '../helpers/servers/dns-bytes.js';
import { socketFolder } from '../helpers/servers/socket-folder.js';
import { startStreamServer } from '../helpers/servers/stream-server.js';
import { startWebsocketServer } from '../helpers/servers/websocket-server.js';
import { probe } from '../helpers/services/probe.js';

/** One line, as long as it may be, and short enough for a DNS record. */
const TEXT = `${'abcd'.repeat(15_000)}end`;
/** What comes close to the pattern behind it, at every place anew. */
const CLOSE = `${'a'.repeat(60_000)}xyz`;
const costly = (times: number): string => `((a|b){1,${times}}){1,9}(x)y`;
const COSTLY = `${costly(100)}$`;
const TXT = 16;

interface Answering {
  readonly name: string;
  /** Starts a target that says `text`; resolves to what is probed. */
  readonly start: (t: Test, text: string) => Promise<string>;
  /** The module that expects a text of this pattern. */
  readonly module: (pattern: string) => string;
  /** What is said of a text without it, and of a check that takes too long. */
  readonly mismatch: string;
  readonly timeout: string;
}

const dialogue = (prober: string, pattern: string): string =>
  `prober: ${prober}\n${prober}: {query_response: [{expect: '${pattern}', labels: [{name: a, value: '\${1}'}]}]}`;
const SAID = { mismatch: 'dialogue/response_mismatch', timeout: 'dialogue/response_timeout' };

const KINDS: readonly Answering[] = [
  {
    name: 'tcp',
    start: async (t, text) => (await startStreamServer(t, (socket) => socket.end(`${text}\n`))).target,
    module: (pattern) => dialogue('tcp', pattern),
    ...SAID,
  },
  {
    name: 'unix',
    start: async (t, text) => {
      const at = { path: `${socketFolder(t)}/s` };
      return (await startStreamServer(t, (socket) => socket.end(`${text}\n`), at)).target;
    },
    module: (pattern) => dialogue('unix', pattern),
    ...SAID,
  },
  {
    name: 'websocket',
    start: async (t, text) => (await startWebsocketServer(t, (socket) => socket.send(text))).target,
    module: (pattern) => dialogue('websocket', pattern),
    ...SAID,
  },
  {
    name: 'dns',
    start: async (t, text) => (await startStreamServer(t, (socket) => socket.once('data', answerWith(text)))).target,
    module: (pattern) => {
      // Without groups to report each takes a fraction of a second only.
      const many = Array.from({ length: 480 }, (_, index) => costly(100 - (index % 60)) + 'y'.repeat(index / 60) + '$');
      const patterns = pattern === COSTLY ? many : [pattern];
      const validate = `validate_answer_rrs: {fail_if_not_matches_regexp: ['${patterns.join("', '")}']}`;
      return `prober: dns\ndns: {query_name: x.test, query_type: TXT, transport_protocol: tcp, ${validate}}`;
    },
    mismatch: 'check/dns_record_mismatch',
    timeout: 'check/check_timeout',
  },
];

/** One TXT record: the strings of its text are quoted, each for itself. */
function answerWith(text: string): (this: { end: (bytes: Buffer) => void }, query: Buffer) => void {
  return function answer(query) {
    const strings = text.match(/.{1,255}/gs) ?? [];
    const record = wireRecord({ type: TXT, rdata: Buffer.concat(strings.map(wireString)) });
    const reply = wireReply(query.subarray(2), { answer: [record] });
    this.end(Buffer.concat([uint16(reply.length), reply]));
  };
}

t.test('long answers are checked in threads, through the whole probe', async (t) => {
  for (const { name, start, module, mismatch, timeout } of KINDS) {
    t.test(name, async (t) => {
      const target = await start(t, TEXT);
      const options = { timeoutSeconds: 60 };
      t.equal((await probe(module('(a|x)(b|y)(c|z)d(e|x)nd'), target, options)).verdict, 'ok');
      t.equal((await probe(module('(a|x)(b|y)(c|z)d(f|x)nd'), target, options)).verdict, mismatch);
      t.ok(checkThreads.count > 0, 'a thread has done it');
    });
    t.test(`${name}: the time runs out during the check`, async (t) => {
      const probed = await probe(module(COSTLY), await start(t, CLOSE), { timeoutSeconds: 2 });
      t.equal(probed.verdict, timeout);
    });
  }
});
