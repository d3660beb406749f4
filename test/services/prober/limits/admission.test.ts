import t from 'tap';
import { Admission, type ProbeLimits, type Turn } from '../../../../src/services/prober/limits/admission.js';
import { clientOf, hostOf } from '../../../../src/services/prober/limits/who-asks.js';
import { ManualClock } from '../../../helpers/manual-clock.js';

const NONE: ProbeLimits = { total: 0, perClient: 0, perTarget: 0 };

/** An admission whose turns are written down in the order in which they come: `name`, or `name gone`. */
function admission(limits: Partial<ProbeLimits>, mostWaiting?: number) {
  const clock = new ManualClock();
  const subject = new Admission({ ...NONE, ...limits }, clock, mostWaiting);
  const turns: string[] = [];
  const running = new Map<string, Turn & { readonly kind: 'started' }>();
  const enter = (name: string, client = 'c', host = name): AbortController => {
    const abort = new AbortController();
    void subject.enter({ client, host, seconds: 10, signal: abort.signal }).then((turn) => {
      turns.push(turn.kind === 'gone' ? `${name} gone` : name);
      if (turn.kind === 'started') running.set(name, turn);
    });
    return abort;
  };
  const leave = async (name: string): Promise<void> => {
    running.get(name)?.leave();
    await settled();
  };
  return { clock, subject, turns, running, enter, leave };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

t.test('without limits everything runs', async (t) => {
  const { subject, enter, turns } = admission({});
  t.notOk(subject.isLimited);
  for (const name of ['a', 'b', 'c']) enter(name);
  await settled();
  t.same(turns, ['a', 'b', 'c']);
});

t.test('in all: the oldest first', async (t) => {
  const { subject, enter, leave, turns, clock, running } = admission({ total: 2 });
  for (const name of ['a', 'b', 'c', 'd']) enter(name);
  await settled();
  t.same(turns, ['a', 'b']);
  t.equal(subject.waiting, 2);
  clock.advance(3);
  await leave('b');
  t.same(turns, ['a', 'b', 'c']);
  t.equal(running.get('c')?.waitedSeconds, 3);
  await leave('b');
  t.same(turns, ['a', 'b', 'c'], 'who leaves twice has left once');
  await leave('a');
  t.same(turns.at(-1), 'd');
  t.equal(subject.waiting, 0);
  t.equal(clock.pending, 0);
});

t.test('clients take turns', async (t) => {
  const { enter, leave, turns } = admission({ total: 1 });
  for (const name of ['a1', 'a2', 'a3', 'a4']) enter(name, 'a');
  for (const name of ['b1', 'b2']) enter(name, 'b');
  await settled();
  for (const name of ['a1', 'a2', 'b1', 'a3', 'b2']) await leave(name);
  t.same(turns, ['a1', 'a2', 'b1', 'a3', 'b2', 'a4']);
});

t.test('a client at its limit waits, others do not', async (t) => {
  const { enter, leave, turns } = admission({ perClient: 1 });
  enter('a1', 'a');
  enter('a2', 'a');
  enter('b1', 'b');
  await settled();
  t.same(turns, ['a1', 'b1']);
  await leave('a1');
  t.same(turns, ['a1', 'b1', 'a2']);
});

t.test('a busy target holds up only its own probes', async (t) => {
  const { enter, leave, turns } = admission({ total: 2, perTarget: 1 });
  enter('x1', 'c', 'x');
  enter('x2', 'c', 'x');
  enter('y1', 'c', 'y');
  enter('z1', 'c', 'z');
  await settled();
  t.same(turns, ['x1', 'y1']);
  await leave('y1');
  t.same(turns, ['x1', 'y1', 'z1'], 'x2 is passed over');
  await leave('x1');
  t.same(turns, ['x1', 'y1', 'z1', 'x2']);
});

t.test('nobody waits longer than the time that there is', async (t) => {
  const { subject, enter, leave, turns, clock } = admission({ total: 1 });
  enter('a');
  enter('b');
  clock.advance(9.999);
  await settled();
  t.same(turns, ['a']);
  clock.advance(0.002);
  await settled();
  t.same(turns, ['a', 'b gone']);
  t.equal(subject.waiting, 0);
  await leave('a');
  enter('c');
  await settled();
  t.same(turns.at(-1), 'c');
});

t.test('a client that leaves is out of the queue', async (t) => {
  const { subject, enter, leave, turns, clock } = admission({ total: 1 });
  enter('a');
  const b = enter('b');
  enter('c');
  b.abort();
  await settled();
  t.equal(subject.waiting, 1);
  t.equal(clock.pending, 1);
  await leave('a');
  t.same(turns, ['a', 'b gone', 'c']);
});

t.test('a full queue refuses at once; the client with most gives way to one with less', async (t) => {
  const { enter, turns, subject } = admission({ total: 1 }, 3);
  for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) enter(name, 'a');
  await settled();
  t.same(turns, ['a1', 'a5 gone']);
  enter('b1', 'b');
  await settled();
  t.same(turns.at(-1), 'a4 gone');
  enter('b2', 'b');
  await settled();
  t.same(turns.at(-1), 'b2 gone', 'two against one is fair enough');
  t.equal(subject.waiting, 3);
});

t.test('who asks, and for what', async (t) => {
  for (const [address, client] of [
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8:1:2:3::4', '20010db800010002'],
    ['fe80::1%eth0', 'fe80000000000000'],
    [undefined, ''],
  ] as const) {
    t.equal(clientOf(address), client, address ?? 'gone');
  }
  for (const [target, host] of [
    ['http://User:pw@Example.COM.:80/a:b?c@d', 'example.com'],
    ['https://[2001:DB8::1]:443/', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['[::1]:53', '::1'],
    ['host:25', 'host'],
    ['host', 'host'],
    ['/run/x.sock', '/run/x.sock'],
  ] as const) {
    t.equal(hostOf(target), host, target);
  }
  t.equal(hostOf('x'.repeat(100_000)).length, 255);
});
