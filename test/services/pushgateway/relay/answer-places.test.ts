import t from 'tap';
import {
  AnswerPlaces,
  MOST_ANSWERS_MADE,
  MOST_REQUESTS_WAITING,
  REST_SECONDS,
} from '../../../../src/services/pushgateway/relay/answer-places.js';
import { ManualClock } from '../../../helpers/manual-clock.js';

/** Places, and who has begun or was refused, in order. */
function setUp() {
  const clock = new ManualClock();
  const places = new AnswerPlaces(clock);
  const begun: string[] = [];
  const refused: string[] = [];
  /** One request, named after its connection. */
  const ask = (connection: string, address = '192.0.2.1') => {
    const place = places.open({ address, connection, refuse: () => refused.push(connection) });
    place.take(() => begun.push(connection));
    return place;
  };
  const askOften = (times: number, connection: string, address?: string) =>
    Array.from({ length: times }, () => ask(connection, address));
  return { clock, places, begun, refused, ask, askOften };
}

t.test('so many answers are made at once, and one more when one is over', async (t) => {
  const { places, begun, askOften } = setUp();
  const all = askOften(MOST_ANSWERS_MADE + 2, 'flood');
  t.equal(begun.length, MOST_ANSWERS_MADE);
  all[0]?.leave();
  all[0]?.leave();
  t.equal(begun.length, MOST_ANSWERS_MADE + 1);
  for (const place of all) place.leave();
  t.same(places.counts, { held: 0, waiting: 0 });
});

t.test('connections take turns, and so do addresses', async (t) => {
  const { begun, ask, askOften } = setUp();
  const held = askOften(MOST_ANSWERS_MADE, 'flood');
  askOften(200, 'flood');
  for (let at = 0; at < 50; at++) ask(`one of many ${at}`);
  ask('honest');
  ask('elsewhere', '192.0.2.2');
  begun.length = 0;
  for (const place of held) place.leave();
  t.same(begun.slice(0, 4), ['flood', 'elsewhere', 'one of many 0', 'one of many 1']);
  t.notOk(begun.slice(4).includes('flood'), 'the flood waits for its next turn');
});

t.test('a client that takes nothing has no place, and waits for its turn once it takes something', async (t) => {
  const { clock, places, begun, ask, askOften } = setUp();
  const held = askOften(MOST_ANSWERS_MADE, 'flood');
  const [first, second] = held;
  for (const place of held) place.rest();
  ask('honest');
  clock.advance(REST_SECONDS / 2);
  first?.take(() => begun.push('goes on'));
  t.same(begun.slice(MOST_ANSWERS_MADE), ['goes on'], 'one that has a place goes on at once');
  clock.advance(REST_SECONDS);
  t.same(begun.slice(MOST_ANSWERS_MADE), ['goes on', 'honest']);
  for (const place of held) if (place !== second) place.take(() => undefined);
  askOften(100, 'newcomer');
  second?.take(() => begun.push('resumed'));
  t.equal(places.counts.waiting, 101);
  begun.length = 0;
  held[2]?.leave();
  held[3]?.leave();
  t.same(begun.sort(), ['newcomer', 'resumed'], 'both kinds have turns');
});

t.test('where too many wait, those are refused of whom most wait', async (t) => {
  const { begun, refused, ask, askOften } = setUp();
  const held = askOften(MOST_ANSWERS_MADE, 'held');
  askOften(MOST_REQUESTS_WAITING - 1, 'flood');
  ask('first');
  t.same(refused, []);
  ask('second');
  ask('elsewhere', '192.0.2.2');
  t.same(refused, ['flood', 'flood']);
  ask('flood');
  t.same(refused, ['flood', 'flood', 'flood']);
  begun.length = 0;
  for (const place of held.slice(0, 4)) place.leave();
  t.same(begun, ['flood', 'elsewhere', 'first', 'second']);
});

t.test('who leaves before his turn gets none', async (t) => {
  const { places, begun, ask, askOften } = setUp();
  const held = askOften(MOST_ANSWERS_MADE, 'flood');
  const [gone] = askOften(3, 'flood');
  ask('honest');
  gone?.leave();
  gone?.take(() => begun.push('gone'));
  begun.length = 0;
  for (const place of held.slice(0, 4)) place.leave();
  t.same(begun, ['flood', 'honest', 'flood']);
  places.clear();
  t.same(places.counts, { held: 0, waiting: 0 });
});
