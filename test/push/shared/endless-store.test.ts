import t from 'tap';
import { GroupStore } from '../../../src/push/group-store.js';
import { OwnFamilies } from '../../../src/push/own-families.js';
import { Replica } from '../../../src/push/shared/replica.js';
import { keyOfRecord } from '../../../src/push/shared/shared-records.js';
import { BEGINNING, type ChangedRecord, type SharedStore } from '../../../src/push/shared/shared-store.js';
import { groupKey } from '../../helpers/push/pushed-groups.js';

/** Stores that always have one more record, each of something that is gone. */
const STORES: readonly {
  readonly name: string;
  readonly record: (version: number) => ChangedRecord;
  readonly says: RegExp;
}[] = [
  { name: 'families', record: (version) => gone({ job: 'a' }, `m${version}`), says: /take more memory/ },
  { name: 'groups', record: (version) => gone({ job: `a${version}` }, ''), says: /take more memory/ },
  { name: 'the same', record: () => gone({ job: 'a' }, 'm'), says: /in more than 20000 parts/ },
];

function gone(labels: Readonly<Record<string, string>>, name: string): ChangedRecord {
  return { key: keyOfRecord(groupKey(labels), name), payload: undefined };
}

for (const { name, record, says } of STORES) {
  t.test(`a store without an end is an error, not a wait: ${name}`, async (t) => {
    const store: SharedStore = {
      aheadSeconds: () => 0,
      changes: async ({ version }) => ({
        kind: 'changes',
        done: [],
        records: [record(version)],
        position: { ...BEGINNING, version: version + 1 },
        hasMore: true,
      }),
      commit: async () => ({ kind: 'behind' }),
      close: () => undefined,
    };
    const limits = { seriesPerPush: 1000, seriesInAll: 1000, bytesInAll: 1_000_000 };
    const make = () => new GroupStore({ own: new OwnFamilies(), limits });
    const replica = new Replica({ store, shown: make(), working: make(), limits, onLoss: () => undefined });
    await t.rejects(replica.catchUp([]), says);
  });
}
