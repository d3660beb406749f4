import t from 'tap';
import { IdleRecords } from '../../../src/net/tls/idle-records.js';

const KIB = 1024;

interface Piece {
  readonly bytes: number;
  readonly records: number;
  /** The bytes of data in it. */
  readonly data?: number;
  readonly isSlow?: boolean;
}

const of = (times: number, piece: Piece): readonly Piece[] => Array.from({ length: times }, () => piece);
const ticket: Piece = { bytes: 16 * KIB, records: 1 };

const ROWS: readonly (readonly [name: string, pieces: readonly Piece[], isTooMuch: boolean])[] = [
  ['sixteen tickets of full size', of(16, ticket), false],
  ['eighteen of them', of(18, ticket), true],
  ['eight that take long', of(8, { ...ticket, isSlow: true }), false],
  ['nine that take long', of(9, { ...ticket, isSlow: true }), true],
  ['a thousand full records of one octet of data', of(1000, { ...ticket, data: 1 }), false],
  ['nine of them that take long', of(9, { ...ticket, data: 1, isSlow: true }), true],
  ['data that takes long', of(1000, { ...ticket, data: 16 * KIB, isSlow: true }), false],
  ['many short records without data', of(10_000, { bytes: 22, records: 1 }), false],
];

t.test('what a peer may send behind its handshake that is no data', async (t) => {
  for (const [name, pieces, isTooMuch] of ROWS) {
    const idle = new IdleRecords();
    let before = 0;
    for (const { bytes, records, data = 0, isSlow = false } of pieces) {
      const now = before + data;
      idle.noteRecords(records);
      // Nobody can be slow in the future, however slow this machine is.
      idle.note(bytes, { before, now, startedAt: isSlow ? -Infinity : Infinity });
      before = now;
    }
    t.equal(idle.isTooMuch, isTooMuch, name);
  }
});
