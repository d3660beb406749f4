import { EventEmitter } from 'node:events';
import { createServer } from 'node:http';
import t, { type Test } from 'tap';
import { sendReply } from '../../../src/http/answers/http-reply.js';
import {
  isLong,
  sendFamilies,
  sendMetrics,
  wantedFormat,
  writeSetWith,
} from '../../../src/http/answers/send-metrics.js';
import { MOST_UNREAD_BYTES, unreadRoom } from '../../../src/http/answers/unread-answers.js';
import type { WebHandler, WebResponse } from '../../../src/http/exchange.js';
import { bindServer } from '../../../src/http/listeners/bind-server.js';
import { gauge } from '../../../src/metrics/metric-definition.js';
import type { MetricFamily } from '../../../src/metrics/metric-family.js';
import { MetricSet } from '../../../src/metrics/metric-set.js';
import type { WrittenWith } from '../../../src/metrics/write-text.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { until } from '../../helpers/until.js';

const ROWS = 6000;

function longSet(): MetricSet {
  const set = new MetricSet();
  const metrics = ['b', 'a', 'probe_x'].map((name) => gauge(name, `Help of ${name}.`, ['table']));
  for (let row = 0; row < ROWS; row++) set.setWith(metrics[row % 3]!, { table: `t${(row * 7919) % ROWS}` }, row);
  return set;
}

const one = (name: string): MetricFamily => ({
  ...{ name, type: 'gauge', samples: [{ kind: 'value', labels: [], value: 7 }] },
});

/** A family of so many series, each with so many labels of that value. */
function labelled(series: number, labels: number, value: string): MetricFamily {
  const samples = Array.from({ length: series }, (_unused, at) => ({
    ...{ kind: 'value' as const, value: at },
    labels: Array.from({ length: labels }, (_none, index) => ({ name: `label${index}`, value })),
  }));
  return { name: 'labelled', type: 'gauge', samples };
}

const OWN: WrittenWith = { more: [one('zz'), one('ab')], omits: (name) => name === 'probe_x' };

async function serve(t: Test, handler: WebHandler): Promise<string> {
  const server = createServer(handler);
  t.teardown(() => server.close());
  return bindServer(server, '127.0.0.1:0');
}

/** Answers with a set, or with 500 where writeSetWith writes nothing. */
function sending(set: MetricSet, written: WrittenWith): WebHandler {
  return (request, response) => {
    void writeSetWith({ request, response }, set, written).then((send) => {
      if (send === undefined) sendReply(response, { status: 500, body: 'nothing was sent' });
      else void send();
    });
  };
}

t.test('a long set is written as it is, with families beside it', async (t) => {
  const set = longSet();
  const shown = set.families().filter(({ name }) => name !== 'probe_x');
  const families = [...shown, ...(OWN.more ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
  const expected = await httpGet(
    await serve(t, (request, response) => {
      void sendFamilies({ request, response }, families);
    }),
    '/',
  );
  const address = await serve(t, sending(set, OWN));
  const { status, headers, text } = await httpGet(address, '/');
  t.equal(status, 200);
  t.equal(headers['content-type'], expected.headers['content-type']);
  t.ok(text === expected.text, 'as its families');
  const packed = await fetch(`http://${address}/`, { headers: { 'accept-encoding': 'gzip' } });
  t.equal(packed.headers.get('content-encoding'), 'gzip');
  t.ok((await packed.text()) === text, 'packed');
});

t.test('what has to be merged or written in turns is left to families', async (t) => {
  const buckets = Array.from({ length: 100 }, (_, at) => ({ upperBound: at, cumulativeCount: at }));
  const samples = Array.from({ length: 50 }, () => ({
    ...{ kind: 'histogram' as const, labels: [], buckets, sum: 1, count: 100 },
  }));
  const histograms: MetricFamily = { name: 'h', type: 'histogram', samples };
  const withMany = new MetricSet();
  withMany.add(histograms);
  const twice = longSet();
  twice.add(one('b'));
  const rows: readonly (readonly [what: string, set: MetricSet, written: WrittenWith])[] = [
    ['buckets of a few histograms', withMany, {}],
    ['the same beside the set', new MetricSet(), { more: [histograms] }],
    ['a few series of many labels', new MetricSet(), { more: [labelled(40, 500, 'v')] }],
    ['a few long labels', new MetricSet(), { more: [labelled(2, 1, 'v'.repeat(100_000))] }],
    ['a long help', new MetricSet(), { more: [{ ...one('a'), help: 'h'.repeat(200_000) }] }],
    ['a name that occurs twice', twice, {}],
    ['a name that occurs twice beside the set', longSet(), { more: [one('a')] }],
  ];
  for (const [what, set, written] of rows) {
    t.equal((await httpGet(await serve(t, sending(set, written)), '/')).text, 'nothing was sent', what);
  }
  t.ok(isLong(withMany));
  t.notOk(isLong(new MetricSet()));
});

/** An answer that nobody reads. */
class Unread extends EventEmitter {
  isCut = false;

  destroy(): void {
    this.isCut = true;
  }

  hold(bytes: number): boolean {
    return unreadRoom.hold(this as unknown as WebResponse, bytes);
  }
}

t.test('long answers that nobody reads give way', async (t) => {
  const address = await serve(t, sending(longSet(), OWN));
  const unread = new Unread();
  t.ok(unread.hold(MOST_UNREAD_BYTES - 1));
  t.equal((await httpGet(address, '/')).status, 200);
  t.ok(unread.isCut);
});

t.test('an answer larger than the room is refused as long as another is held, and is not packed first', async (t) => {
  const long = Buffer.alloc(MOST_UNREAD_BYTES + 1, 'm 1\n');
  const address = await serve(t, (request, response) => {
    void sendMetrics(request, response, { format: wantedFormat(request), body: long });
  });
  for (const encoding of ['identity', 'gzip']) {
    const unread = new Unread();
    t.ok(unread.hold(1));
    const ask = () => fetch(`http://${address}/`, { headers: { 'accept-encoding': encoding } });
    const refused = await ask();
    t.same([refused.status, refused.headers.get('content-encoding')], [503, null], encoding);
    t.match(await refused.text(), 'Too many answers wait to be read');
    unread.emit('close');
    const answer = await ask();
    t.equal(answer.status, 200, `${encoding}, alone`);
    await answer.body?.cancel();
    await until(() => unreadRoom.bytes === 0, 'the answer is gone');
    t.notOk(unread.isCut, encoding);
  }
});
