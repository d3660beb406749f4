import t from 'tap';
import { gauge } from '../../src/metrics/metric-definition.js';
import { MetricSet } from '../../src/metrics/metric-set.js';
import { ProbeFailure } from '../../src/probe/failure.js';
import { HeapRoom, seriesBytes } from '../../src/probe/heap-room.js';

const MIB = 1024 * 1024;

/** A heap of 100 MiB of which so many are used. */
function heapWith(usedMib: number) {
  const heap = { used: usedMib * MIB, limit: 100 * MIB, looks: 0 };
  const room = new HeapRoom(() => {
    heap.looks++;
    return heap;
  });
  return { heap, room };
}

const rows = [
  { name: 'room', usedMib: 69, bytes: MIB, inAll: 50 * MIB, hasRoom: true },
  { name: 'nearly full', usedMib: 71, bytes: MIB, inAll: 50 * MIB, hasRoom: false },
  { name: 'nearly full, and an ordinary probe', usedMib: 99, bytes: MIB, inAll: MIB / 2, hasRoom: true },
  { name: 'nearly full, and a little more than that', usedMib: 99, bytes: MIB, inAll: MIB / 2 + 1, hasRoom: false },
  { name: 'nearly full, but little since the start', usedMib: 99, bytes: 1000, inAll: 50 * MIB, hasRoom: true },
];

for (const { name, usedMib, bytes, inAll, hasRoom } of rows) {
  t.test(`a heap: ${name}`, (t) => {
    t.equal(heapWith(usedMib).room.hasRoomFor(bytes, inAll), hasRoom);
    t.end();
  });
}

t.test('after one has failed, others may have as much, up to a twentieth of the heap', (t) => {
  const { room } = heapWith(80);
  const untilRefused = (inAll: number): number => {
    for (let given = 0; ; given += MIB / 4) if (!room.hasRoomFor(MIB / 4, inAll)) return given;
  };
  untilRefused(2 * MIB);
  t.equal(untilRefused(80 * MIB), 1.75 * MIB, 'as much as the first had');
  t.equal(untilRefused(80 * MIB), 4.75 * MIB, 'a twentieth');
  t.end();
});

t.test('the heap is looked at each 256 KiB', (t) => {
  const { room, heap } = heapWith(10);
  for (let index = 0; index < 1024; index++) room.hasRoomFor(1024, MIB);
  t.equal(heap.looks, 4);
  t.end();
});

t.test('a heap that has room again takes more', (t) => {
  const { room, heap } = heapWith(80);
  t.notOk(room.hasRoomFor(MIB, 10 * MIB));
  heap.used = 20 * MIB;
  for (let index = 0; index < 100; index++) t.ok(room.hasRoomFor(MIB, 10 * MIB));
  t.end();
});

t.test('the series of a set that is watched count', (t) => {
  const { room } = heapWith(80);
  const metrics = new MetricSet();
  const metric = gauge('m', '', ['a']);
  const fill = (): void => {
    for (let index = 0; index < 5000; index++) metrics.setWith(metric, { a: `${index}${'x'.repeat(1000)}` }, 1);
  };
  const endWatch = room.watch(metrics);
  t.throws(fill, ProbeFailure);
  t.ok(seriesBytes(metrics) < MIB, 'what it had by then');
  endWatch();
  fill();
  t.equal(metrics.rows.length, 5000, 'nobody watches any more');
  t.end();
});
