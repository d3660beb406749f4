import t from 'tap';
import { compileGrpcMetadata } from '../../../src/probers/grpc/grpc-metadata.js';

t.test('metadata that can be sent', async (t) => {
  const raw = {
    authorization: ['Bearer x'],
    'x-two': ['a', 'b'],
    'x-none': [],
    'data-bin': ['\u00e9~'],
    'grpc-timeout': ['1S'],
    te: ['x'],
    ':authority': ['x'],
  };
  t.same(compileGrpcMetadata(raw), {
    headers: { authorization: 'Bearer x', 'x-two': ['a', 'b'], 'data-bin': 'w6l+' },
  });
});

t.test('metadata that cannot be sent', async (t) => {
  for (const [name, raw, problem] of [
    [
      'upper case',
      { Authorization: ['x'] },
      'header key "Authorization" contains illegal characters not in [0-9a-z-_.]',
    ],
    ['blank in a name', { 'a b': ['x'] }, 'header key "a b" contains illegal characters not in [0-9a-z-_.]'],
    ['no name', { '': ['x'] }, 'there is an empty key in the header'],
    ['line feed', { a: ['x\ny'] }, 'header key "a" contains value with non-printable ASCII characters'],
  ] as const) {
    t.same(compileGrpcMetadata(raw), { problem }, name);
  }
});
