import t from 'tap';
import { RelayedResponse } from '../../../src/services/pushgateway/relay/relayed-response.js';
import { Turns } from '../../../src/services/pushgateway/turns.js';
import { ManualClock } from '../../helpers/manual-clock.js';

/** Turns of which each lasts until it is ended, and who has had one. */
class Scene {
  readonly clock = new ManualClock();
  readonly turns = new Turns(this.clock);
  readonly begun: string[] = [];
  readonly #ends: (() => void)[] = [];

  ask(name: string, client: string): { readonly response: RelayedResponse; readonly result: Promise<string> } {
    const response = new RelayedResponse(0, () => undefined);
    const result = this.turns.run({ client, response }, async () => {
      this.begun.push(name);
      await new Promise<void>((resolve) => this.#ends.push(resolve));
      return name;
    });
    return { response, result };
  }

  /** Ends each turn as soon as it has begun, until nobody waits. */
  async endAll(): Promise<void> {
    for (let end = this.#ends.shift(); end !== undefined; end = this.#ends.shift()) {
      end();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

t.test('each address that waits has one turn after the other', async (t) => {
  const scene = new Scene();
  const asked = [
    ['a1', 'a'],
    ['a2', 'a'],
    ['a3', 'a'],
    ['a4', 'a'],
    ['b1', 'b'],
    ['c1', 'c'],
    ['b2', 'b'],
  ] as const;
  const results = asked.map(([name, client]) => scene.ask(name, client).result);
  await scene.endAll();
  t.same(scene.begun, ['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
  t.same(
    await Promise.all(results),
    asked.map(([name]) => name),
  );
});

t.test('who leaves has no turn', async (t) => {
  const scene = new Scene();
  const [first, second, third, other] = [
    scene.ask('first', 'a'),
    scene.ask('second', 'a'),
    scene.ask('third', 'a'),
    scene.ask('other', 'b'),
  ];
  const gone = new RelayedResponse(0, () => undefined);
  gone.gone();
  await t.rejects(
    scene.turns.run({ client: 'a', response: gone }, () => Promise.resolve()),
    { message: 'unexpected EOF' },
    'before it asks',
  );
  second.response.gone();
  await t.rejects(second.result, { message: 'unexpected EOF' }, 'at once');
  other.response.gone();
  await t.rejects(other.result, { message: 'unexpected EOF' });
  first.response.gone();
  await scene.endAll();
  t.equal(await first.result, 'first', 'a turn that has begun is not ended');
  t.equal(await third.result, 'third');
  t.same(scene.begun, ['first', 'third']);
  const late = scene.ask('late', 'b');
  await scene.endAll();
  t.equal(await late.result, 'late');
});

t.test('whose turn does not come in time is refused', async (t) => {
  const scene = new Scene();
  const [first, second] = [scene.ask('first', 'a'), scene.ask('second', 'a')];
  scene.clock.advance(15);
  const third = scene.ask('third', 'a');
  scene.clock.advance(15);
  await t.rejects(second.result, { message: 'too many large pushes at once; try again' });
  await scene.endAll();
  scene.clock.advance(30);
  t.same(await Promise.all([first.result, third.result]), ['first', 'third']);
});

t.test('a turn that fails is over', async (t) => {
  const turns = new Turns(new ManualClock());
  const turnOf = { client: 'a', response: new RelayedResponse(0, () => undefined) };
  const failing = turns.run(turnOf, () => Promise.reject(new Error('broken')));
  const next = turns.run(turnOf, () => Promise.resolve('next'));
  await t.rejects(failing, { message: 'broken' });
  t.equal(await next, 'next');
});
