import t from 'tap';
import { IdleRecords } from '../../../src/net/tls/idle-records.js';

const KIB = 1024;

interface Piece {
  readonly bytes: number;
  readonly records: number;
  /** The bytes of data in it. */
  readonly data?: number;
  /** OpenSSL took long for it, or the machine did. */
  readonly slow?: 'itself' | 'the machine';
}

const of = (times: number, piece: Piece): readonly Piece[] => Array.from({ length: times }, () => piece);
const ticket: Piece = { bytes: 16 * KIB, records: 1 };

const ROWS: readonly (readonly [name: string, pieces: readonly Piece[], isTooMuch: boolean])[] = [
  ['sixteen tickets of full size', of(16, ticket), false],
  ['eighteen of them', of(18, ticket), true],
  ['eight that take long', of(8, { ...ticket, slow: 'itself' }), false],
  ['nine that take long', of(9, { ...ticket, slow: 'itself' }), true],
  ['seventeen for which the machine takes long', of(17, { ...ticket, slow: 'the machine' }), false],
  ['a thousand full records of one octet of data', of(1000, { ...ticket, data: 1 }), false],
  ['nine of them that take long', of(9, { ...ticket, data: 1, slow: 'itself' }), true],
  ['a thousand of them for which the machine takes long', of(1000, { ...ticket, data: 1, slow: 'the machine' }), false],
  ['data that takes long', of(1000, { ...ticket, data: 16 * KIB, slow: 'itself' }), false],
  ['many short records without data', of(10_000, { bytes: 22, records: 1 }), false],
  ['short records without data and without end', of(30_000, { bytes: 22, records: 1 }), true],
  ['tickets without end, paid for by short records', of(40, { bytes: 25 * KIB, records: 401 }), true],
];

t.test('what a peer may send behind its handshake that is no data', async (t) => {
  for (const [name, pieces, isTooMuch] of ROWS) {
    const idle = new IdleRecords();
    let before = 0;
    for (const { bytes, records, data = 0, slow } of pieces) {
      const now = before + data;
      idle.noteRecords(records);
      // Nobody can be slow in the future, however slow this machine is.
      const used = slow === 'itself' ? 0 : Number.MAX_SAFE_INTEGER;
      const started = { at: slow === undefined ? Infinity : -Infinity, cpu: { user: used, system: 0 } };
      idle.note(bytes, { before, now, started });
      before = now;
    }
    t.equal(idle.isTooMuch, isTooMuch, name);
  }
});
