import t from 'tap';
import { parseMdstat } from '../../../src/node/collectors/parse-mdstat.js';

const heading = 'md0 : active raid5 sdd1[3] sdc1[2](F) sdb1[1] sda1[0](S)';
const size = '      1000 blocks super 1.2 level 5, 512k chunk, algorithm 2 [4/3] [UU_U]';

const fail = (why: string): void => {
  throw new Error(why);
};

t.test('what an array is doing', async (t) => {
  const rows = [
    { line: '', state: 'active', blocksSynced: 1000 },
    { line: '      bitmap: 0/8 pages [0KB], 65536KB chunk', state: 'active', blocksSynced: 1000 },
    {
      line: '      [=>..]  recovery =  8.5% (85/1000) finish=17.0min speed=2K/sec',
      state: 'recovering',
      blocksSynced: 85,
    },
    { line: '      [=>..]  resync =  8.5% (86/1000) finish=17.0min speed=2K/sec', state: 'resync', blocksSynced: 86 },
    { line: '      [=>..]  check =  8.5% (87/1000) finish=17.0min speed=2K/sec', state: 'check', blocksSynced: 87 },
    { line: '      [=>..]  reshape =  8.5% (88/1000) finish=17.0min speed=2K/sec', state: undefined, blocksSynced: 88 },
    { line: '      \tresync=DELAYED', state: 'resync', blocksSynced: 0 },
    { line: '      \tresync=PENDING', state: 'resync', blocksSynced: 0 },
    { line: '      \tresync=REMOTE', state: 'resync', blocksSynced: 0 },
  ];
  for (const { line, state, blocksSynced } of rows) {
    t.same(
      parseMdstat(`Personalities : [raid5]\n${heading}\n${size}\n${line}\n\nunused devices: <none>\n`, fail),
      [
        {
          device: 'md0',
          state,
          disksActive: 3,
          disksFailed: 1,
          disksSpare: 1,
          disksRequired: 4,
          blocks: 1000,
          blocksSynced,
        },
      ],
      line,
    );
  }
});

t.test('a bitmap may come first', async (t) => {
  const [array] = parseMdstat(`${heading}\n${size}\n      bitmap: 0/8 pages\n      recovery = 1% (5/1000)\n`, fail);
  t.equal(array?.blocksSynced, 5);
});

t.test('no arrays', async (t) => {
  t.same(parseMdstat('Personalities : \nunused devices: <none>\n', fail), []);
  t.same(parseMdstat('', fail), []);
});

t.test('what the kernel does not write', async (t) => {
  const noSize = { blocks: NaN, blocksSynced: NaN, disksActive: NaN, disksRequired: NaN, disksFailed: 1 };
  const rows = [
    { text: 'nonsense', found: [], why: ['cannot read mdstat: no array is "nonsense"'] },
    {
      text: heading,
      found: [noSize],
      why: ['md0 has no size in ""', 'there is no count of disks such as [2/2] [UU] in ""'],
    },
    {
      text: `${heading}\n      many blocks of [4/3] [UU_U]`,
      found: [{ blocks: NaN, disksActive: 3, disksRequired: 4 }],
      why: ['md0 has no size in "many blocks of [4/3] [UU_U]"'],
    },
    {
      text: `${heading}\n      -10 blocks [4/3] [UU_U]`,
      found: [{ blocks: NaN, disksActive: 3, disksRequired: 4 }],
      why: ['md0 has no size in "-10 blocks [4/3] [UU_U]"'],
    },
    {
      text: `${heading}\n      10 blocks`,
      found: [{ blocks: 10, disksActive: NaN, disksRequired: NaN }],
      why: ['there is no count of disks such as [2/2] [UU] in "10 blocks"'],
    },
    {
      text: `${heading}\n${size}\n      recovery = 3%`,
      found: [{ state: 'recovering', blocks: 1000, blocksSynced: NaN }],
      why: ['there is no (done/of) in "recovery = 3%"'],
    },
  ];
  for (const { text, found, why } of rows) {
    const reasons: string[] = [];
    const arrays = parseMdstat(`${text}\n${heading.replace('md0', 'md1')}\n${size}\n`, (reason) =>
      reasons.push(reason),
    );
    t.match(arrays, [...found.map((part) => ({ device: 'md0', ...part })), { device: 'md1', blocks: 1000 }], text);
    t.match(reasons, why, text);
  }
});
