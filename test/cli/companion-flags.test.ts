import t from 'tap';
import { type Companion, companionFlags, flagsOfCompanion } from '../../src/cli/companion-flags.js';
import { parseFlags } from '../../src/flags/parse-flags.js';

const COMPANION: Companion = {
  name: 'side',
  what: 'the service at its side',
  flags: [
    { name: 'help', kind: 'switch', help: '' },
    { name: 'web.listen-address', kind: 'repeatable', shown: ':9999', help: '' },
    { name: 'web.config.file', kind: 'value', help: '' },
    { name: 'web.systemd-socket', kind: 'switch', help: '' },
    { name: 'web.telemetry-path', kind: 'value', help: '' },
    { name: 'keep.file', kind: 'value', help: '' },
    { name: 'log.level', kind: 'value', help: '' },
  ],
};
const SERVE = [
  { name: 'web.config.file', kind: 'value', help: '' },
  { name: 'web.listen-address', kind: 'repeatable', help: '' },
  { name: 'web.systemd-socket', kind: 'switch', help: '' },
  { name: 'log.level', kind: 'value', help: '' },
] as const;

const read = (args: readonly string[], defaultAddress?: string) => {
  const definitions = [...SERVE, ...companionFlags(COMPANION)];
  const flags = flagsOfCompanion(
    parseFlags(args, definitions),
    COMPANION,
    ...(defaultAddress === undefined ? [] : [defaultAddress]),
  );
  return flags && Object.fromEntries(flags.values);
};

t.test('flags beside the prober', async (t) => {
  const flags = companionFlags(COMPANION);
  t.same(
    flags.map(({ name, isHidden }) => [name, isHidden === true]),
    [
      ['side.listen-address', false],
      ['side.telemetry-path', true],
      ['keep.file', true],
    ],
  );
  t.match(flags[0]?.help ?? '', 'such as at `:9999`');
});

t.test('what a command line says to a companion', async (t) => {
  const rows = [
    { name: 'nothing', args: [], expected: undefined },
    { name: 'nothing of its own', args: ['--log.level=debug', '--web.config.file=w.yml'], expected: undefined },
    { name: 'no address', args: ['--side.listen-address='], expected: undefined },
    {
      name: 'an address',
      args: ['--side.listen-address=:1', '--web.listen-address=:2', '--web.systemd-socket'],
      expected: { 'web.listen-address': [':1'] },
    },
    {
      name: 'all of it',
      args: [
        '--side.listen-address',
        ':1',
        '--side.telemetry-path=/m',
        '--keep.file=f',
        '--log.level=debug',
        '--web.config.file=w.yml',
      ],
      expected: {
        'web.listen-address': [':1'],
        'web.telemetry-path': ['/m'],
        'keep.file': ['f'],
        'log.level': ['debug'],
        'web.config.file': ['w.yml'],
      },
    },
  ];
  for (const { name, args, expected } of rows) t.same(read(args), expected, name);
  t.same(read([], ':9999'), { 'web.listen-address': [':9999'] }, 'on unless told otherwise');
  t.equal(read(['--side.listen-address='], ':9999'), undefined, 'told otherwise');
});

t.test('flags of a companion that does not run', async (t) => {
  t.throws(() => read(['--keep.file=f']), {
    message: "flag '--keep.file' is for the service at its side, which runs only with --side.listen-address",
  });
  t.throws(() => read(['--side.telemetry-path=/m', '--side.listen-address=']), { message: /--side.telemetry-path/ });
});
