import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const architecture = readFileSync(new URL('../../ARCHITECTURE.md', import.meta.url), 'utf8');

/** The parts of src that each part may import, from the table in ARCHITECTURE.md; a part may always import itself. */
const MAY_IMPORT: ReadonlyMap<string, readonly string[]> = new Map(
  [...architecture.matchAll(/^\| `([a-z]+)` \|((?: `[a-z]+`)*) \|$/gm)].map(([, room = '', edges = '']) => [
    room,
    edges.match(/[a-z]+/g) ?? [],
  ]),
);

/** Generated from the schemas, which are no part of src. */
const GENERATED = /^\.\.\/schemas\//;

interface Import {
  readonly file: string;
  readonly target: string;
  readonly isType: boolean;
}

const root = fileURLToPath(new URL('../../src/', import.meta.url));
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const sources = new Map(files.map((file) => [file, readFileSync(path.join(root, file), 'utf8')]));

const IMPORT = /^\s*(?:import|export)\s[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm;

const imports: readonly Import[] = [...sources].flatMap(([file, text]) =>
  [...text.matchAll(IMPORT)].map((match) => ({
    file,
    target: match[1] ?? match[2] ?? match[3] ?? '',
    isType: /^\s*(import|export) type\b/.test(match[0]),
  })),
);

/** `probers/http/x.ts` is of the part `probers`; `main.ts` of the part `main`. */
const partOf = (file: string): string => file.split('/')[0]!.replace(/\.ts$/, '');
const resolved = ({ file, target }: Import): string =>
  path.posix.join(path.posix.dirname(file), target).replace(/\.js$/, '.ts');
const ours = imports.filter(({ target }) => target.startsWith('.'));

t.test('there is something to look at', async (t) => {
  t.ok(files.includes('services/prober/prober-service.ts'));
  t.ok(ours.length > 100);
});

t.test('every part is known', async (t) => {
  t.same(
    [...new Set(files.map(partOf))].filter((part) => !MAY_IMPORT.has(part)),
    [],
  );
});

t.test('imports go one way', async (t) => {
  const wrong = ours.filter((found) => {
    const from = partOf(found.file);
    if (GENERATED.test(resolved(found))) return from !== 'config';
    const to = partOf(resolved(found));
    return from !== to && !MAY_IMPORT.get(from)?.includes(to);
  });
  t.same(
    wrong.map((found) => `${found.file} imports ${resolved(found)}`),
    [],
  );
});

t.test('every edge that ARCHITECTURE.md names exists', async (t) => {
  const used = new Set(ours.map((found) => `${partOf(found.file)} → ${partOf(resolved(found))}`));
  const named = [...MAY_IMPORT].flatMap(([from, edges]) => edges.map((to) => `${from} → ${to}`));
  t.same(
    named.filter((edge) => !used.has(edge)),
    [],
  );
});

t.test('every import leads to a file', async (t) => {
  t.same(
    ours.filter((found) => !sources.has(resolved(found)) && !GENERATED.test(resolved(found))),
    [],
  );
});

t.test('a prober imports no other prober', async (t) => {
  const folderOf = (file: string): string => /^probers\/([^/]+)\//.exec(file)?.[1] ?? '';
  // Other folders hold what several probers share.
  const isProber = (folder: string): boolean => sources.has(`probers/${folder}/${folder}-prober.ts`);
  const wrong = ours.filter((found) => {
    const to = folderOf(resolved(found));
    return folderOf(found.file) !== '' && folderOf(found.file) !== to && isProber(to);
  });
  t.same(
    wrong.map((found) => `${found.file} imports ${resolved(found)}`),
    [],
  );
});

t.test('only the list of probers and the composition root know probers', async (t) => {
  const wrong = ours.filter((found) => {
    const isKnowing = ['probers', 'services'].includes(partOf(found.file));
    return resolved(found).startsWith('probers/') && !isKnowing;
  });
  t.same(
    wrong.map((found) => `${found.file} imports ${resolved(found)}`),
    [],
  );
});

t.test('no cycles between files', async (t) => {
  const edges = new Map<string, string[]>();
  for (const found of ours) edges.set(found.file, [...(edges.get(found.file) ?? []), resolved(found)]);
  t.same(findCycle(edges), undefined);
});

/**
 * Files that import each other in a circle, if there are any. Types count: who reads one file has to read the others.
 */
function findCycle(edges: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): readonly string[] | undefined => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of edges.get(file) ?? []) {
      const cycle = visit(next, [...trail, file]);
      if (cycle !== undefined) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of edges.keys()) {
    const cycle = visit(file, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

t.test('a third-party package is imported by one file, or by one folder', async (t) => {
  const users = new Map<string, Set<string>>();
  for (const { file, target } of imports) {
    if (target.startsWith('.') || target.startsWith('node:')) continue;
    const name = target
      .split('/')
      .slice(0, target.startsWith('@') ? 2 : 1)
      .join('/');
    users.set(name, (users.get(name) ?? new Set()).add(file));
  }
  const shared = [...users].filter(
    ([, of]) => of.size > 1 && new Set([...of].map((file) => path.posix.dirname(file))).size > 1,
  );
  t.same(
    shared.map(([name, of]) => `${name}: ${[...of].join(', ')}`),
    [],
  );
});

t.test('node:http2 is a server of ours, and no client: hostile peers abort the process through it', async (t) => {
  t.same(
    imports.filter(({ target }) => target === 'node:http2').map(({ file }) => partOf(file)),
    imports.filter(({ file, target }) => target === 'node:http2' && partOf(file) === 'http').map(() => 'http'),
  );
  t.notOk(/\bhttp2\.connect\b|\bconnect\b.*node:http2/.test([...sources.values()].join('\n')));
});

t.test('node:http is a server of ours, and no client: targets may send what its parser refuses', async (t) => {
  const used = imports.filter(({ target, isType }) => target === 'node:http' && !isType);
  t.same(
    used.map(({ file }) => partOf(file)).filter((part) => part !== 'http'),
    [],
  );
  t.notOk(/\bhttp\.(?:request|get)\(/.test([...sources.values()].join('\n')));
});

/** Where sockets to targets are opened; each of them asks the policy of the probe. */
const DIALLING = ['net/connect-udp.ts', 'net/connect-unix.ts', 'net/connect.ts'];

t.test('probes open sockets in one place, where their policy is asked', async (t) => {
  const opening = [...sources].filter(([file, text]) => {
    const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
    const opens =
      /\bnet\.(?:connect|createConnection)\(|\bcreateSocket\(|\bnew (?:net\.)?Socket\(|\b(?:createConnection|connect)\b[^;]*from 'node:(?:net|tls)'/;
    return ['net', 'probe', 'probers'].includes(partOf(file)) && opens.test(code);
  });
  t.same(opening.map(([file]) => file).sort(), DIALLING);
  for (const file of DIALLING) t.match(sources.get(file), /\.assertMay(?:Dial|Open)\(/);
});

/** The first files of processes: of the service, of its workers, and of the helper that asks mounts which may hang. */
const FIRST_FILES = ['main.ts', 'node/collectors/statfs-helper.ts', 'services/prober/workers/probe-worker-start.ts'];
/** Take a call of Node's event loop, and nothing that belongs to a service. */
const LOOP_FILES = ['net/tls/run-due-ticks.ts', 'values/loop-turns.ts'];

t.test('only the first file of a process touches process', async (t) => {
  const touching = [...sources].filter(([, text]) => {
    const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
    return /(?<![.\w'"$-])process\.\w|from 'node:process'|globalThis\.process/.test(code);
  });
  t.same(touching.map(([file]) => file).sort(), [...FIRST_FILES, ...LOOP_FILES].sort());
});

/** Lists by nature: a file a collector. */
const LONG_FOLDERS: readonly string[] = ['node/collectors'];

t.test('a folder can be taken in at a glance', async (t) => {
  const sizes = new Map<string, number>();
  for (const file of files) sizes.set(path.posix.dirname(file), (sizes.get(path.posix.dirname(file)) ?? 0) + 1);
  t.same(
    [...sizes].filter(([folder, count]) => count > 25 && !LONG_FOLDERS.includes(folder)),
    [],
  );
});

t.test('no barrels', async (t) => {
  t.same(
    files.filter((file) => path.basename(file) === 'index.ts'),
    [],
  );
});

/**
 * Files that read files without `files/`: what is the kernel's or part of this package, which nobody replaces by
 * something that hangs.
 */
const MAY_READ_FILES: readonly RegExp[] = [
  /^files\//,
  // Node metrics: /proc and /sys, read as wholes.
  /^node\/(?:kernel\/native-addon|page-size|reading\/bounded-text|time-zone)\.ts$/,
  /^node\/collectors\/(?:wifi|processes|qdisc)\.ts$/,
  /^metrics\/proc-files\.ts$/,
  /^probers\/icmp\/icmp-(?:native|support)\.ts$/,
  // The schemas, and the package's own file.
  /^config\/schema\/shape\.ts$/,
  /^main\.ts$/,
  // Our own modules.
  /^values\/load-one-by-one\.ts$/,
];

t.test('files that somebody names are read by files/ alone', async (t) => {
  const READS = /\b(?:readFile|readFileSync|open|openSync|createReadStream|readSync)\b/;
  const reading = [...sources].filter(([file, text]) => {
    const imported = [...text.matchAll(/^import \{([^}]*)\} from 'node:fs(?:\/promises)?'/gm)].map(
      (match) => match[1]!,
    );
    const whole = /^import (?:\* as )?\w+ from 'node:fs/m.test(text);
    return (whole || imported.some((names) => READS.test(names))) && !MAY_READ_FILES.some((one) => one.test(file));
  });
  t.same(
    reading.map(([file]) => file),
    [],
  );
});
