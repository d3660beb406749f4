import t from 'tap';
import { GroupStore } from '../../../src/push/group-store.js';
import { OwnFamilies } from '../../../src/push/own-families.js';
import { SharedGroups } from '../../../src/push/shared/shared-groups.js';
import { BEGINNING, type Changes, type SharedStore } from '../../../src/push/shared/shared-store.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { groupKey } from '../../helpers/push/pushed-groups.js';
import { until } from '../../helpers/until.js';

const NOTHING: Changes = { kind: 'changes', done: [], records: [], position: BEGINNING, hasMore: false };

t.test('whoever waits for a store that gives its records slowly is told so in the end', async (t) => {
  const clock = new ManualClock();
  let isSlow = false;
  let asked = 0;
  const store: SharedStore = {
    aheadSeconds: () => 0,
    changes: () => {
      asked += 1;
      return isSlow ? new Promise(() => undefined) : Promise.resolve(NOTHING);
    },
    commit: async () => ({ kind: 'behind' }),
    close: () => undefined,
  };
  const limits = { seriesPerPush: 1000, seriesInAll: 1000, bytesInAll: 1_000_000 };
  const make = () => new GroupStore({ own: new OwnFamilies(), limits });
  const onLoss = (): void => undefined;
  const onProblem = (): void => undefined;
  const groups = new SharedGroups({ store, shown: make(), working: make(), limits, clock, onLoss, onProblem });
  await groups.load();
  t.equal(groups.problem, undefined);

  isSlow = true;
  asked = 0;
  const begun = groups.delete([groupKey({ job: 'a' })]);
  await until(() => asked > 0, 'the first change waits for the store');
  const waiting = groups.delete([groupKey({ job: 'b' })]);
  const reader = groups.current();
  const said = /still being read/;
  const told = Promise.all([
    t.rejects(reader, { name: 'NotSavedError', message: said }, 'a reader'),
    t.rejects(begun, { message: said, isDoubtful: true }, 'a change that had begun'),
    t.rejects(waiting, { message: said, isDoubtful: false }, 'a change that had not'),
  ]);
  clock.advance(30);
  await told;
});
