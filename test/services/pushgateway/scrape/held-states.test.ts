import t from 'tap';
import { RelayedResponse } from '../../../../src/services/pushgateway/relay/relayed-response.js';
import { HeldStates, MOST_HELD_STATES } from '../../../../src/services/pushgateway/scrape/held-states.js';
import { ManualClock } from '../../../helpers/manual-clock.js';

function setUp() {
  const clock = new ManualClock();
  const states = new HeldStates(clock);
  let id = 0;
  /** A scrape that has begun; it has 99 more pieces. */
  const scrape = (state: string) => {
    const response = new RelayedResponse(++id, () => undefined);
    const pieces = states.hold(
      Array.from({ length: 100 }, (_, piece) => piece),
      state,
      response,
    );
    pieces.next();
    return { response, pieces };
  };
  return { clock, states, scrape };
}

t.test('scrapes of one state count once, until all of them are over', async (t) => {
  const { states, scrape } = setUp();
  const [first, second, third] = [scrape('1 text'), scrape('1 text'), scrape('1 text')];
  t.equal(states.count, 1);
  first.response.gone();
  second.response.destroy();
  t.equal(states.count, 1);
  third.response.writeHead(200, {});
  third.response.end('');
  t.equal(states.count, 0);
  const gone = new RelayedResponse(0, () => undefined);
  gone.gone();
  t.same([...states.hold([1], '2 text', gone)], [], 'nothing is held for who is gone');
  t.equal(states.count, 0);
});

t.test('where there are too many, the scrapes are cut of whose state nobody takes anything', async (t) => {
  const { clock, states, scrape } = setUp();
  const slow = scrape('slow');
  clock.advance(5);
  slow.pieces.next();
  const reading = scrape('both');
  const unread = [scrape('both'), scrape('stalled'), scrape('stalled'), scrape('later')];
  clock.advance(1);
  reading.pieces.next();
  for (let at = states.count; at < MOST_HELD_STATES; at++) scrape(`state ${at}`);
  clock.advance(4);
  reading.pieces.next();
  t.notOk(unread.some(({ response }) => response.destroyed));
  scrape('one more');
  t.same(
    unread.map(({ response }) => response.destroyed),
    [false, true, true, false],
  );
  t.equal(states.count, MOST_HELD_STATES);
  scrape('and one more');
  t.ok(unread[3]?.response.destroyed);
  t.notOk(slow.response.destroyed, 'a slow reader that takes some now and then comes last');
  t.notOk(reading.response.destroyed);
});
