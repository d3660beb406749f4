import t from 'tap';
import { decodeBinaryHeader } from '../../../src/probers/grpc/binary-header.js';
import { readStatusDetails } from '../../../src/probers/grpc/status-details.js';

/** As encoding/base64 of Go decodes them, which grpc-go asks with padding where the length is a multiple of four. */
const HEADERS: readonly (readonly [text: string, decoded: string])[] = [
  ['', ''],
  ['AQ', '01'],
  ['AQ==', '01'],
  ['AQI=', '0102'],
  ['AQID', '010203'],
  ['AR', '01'],
  ['A', 'illegal base64 data at input byte 1'],
  ['AQ=', 'illegal base64 data at input byte 2'],
  ['A*==', 'illegal base64 data at input byte 1'],
  ['====', 'illegal base64 data at input byte 0'],
  ['AQ-_', 'illegal base64 data at input byte 2'],
];

t.test('binary headers', async (t) => {
  for (const [text, decoded] of HEADERS) {
    const made = decodeBinaryHeader(text);
    t.equal(typeof made === 'string' ? made : made.toString('hex'), decoded, text);
  }
});

t.test('status details', async (t) => {
  const read = (base64: string) => readStatusDetails(Buffer.from(base64, 'base64'));
  t.same(read('CAUSAW4'), { code: 5, message: 'n' });
  t.same(read(''), { code: 0, message: '' });
  t.equal(read('CAUSBW4'), undefined, 'cut off');
});
