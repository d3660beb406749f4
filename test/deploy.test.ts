import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { load } from 'js-yaml';
import t from 'tap';
import { COMMANDS } from '../src/cli/run-command.js';
import { readConfig } from '../src/config/read-config.js';
import { findInPath, REPOSITORY, startSonde } from './helpers/peer.js';

// Each command is started once, which takes seconds on a busy machine.
t.setTimeout(300_000);

const DEPLOY = join(REPOSITORY, 'deploy');
const read = (name: string): string => readFileSync(join(DEPLOY, name), 'utf8');

interface ComposeService {
  readonly image?: string;
  readonly build?: string | { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
}

interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

interface ScrapeJob {
  readonly job_name: string;
  readonly metrics_path?: string;
  readonly params?: { readonly module?: readonly string[] };
  readonly static_configs: readonly { readonly targets: readonly string[] }[];
  readonly relabel_configs?: readonly { readonly target_label: string; readonly replacement?: string }[];
}

// The files are ours; what is not as these types say fails the tests.
const COMPOSE = load(read('docker-compose.yml')) as Compose;
const PROMETHEUS = load(read('prometheus.yml')) as {
  rule_files: readonly string[];
  scrape_configs: readonly ScrapeJob[];
};

/** What a command line of ours asks for that there is not; its first word is the command. */
function unknownFlags([name = 'serve', ...args]: readonly string[]): readonly string[] {
  const command = COMMANDS.find((each) => each.name === name);
  if (command === undefined) return [name];
  const known = new Set(
    command.flags.flatMap((flag) => [flag.name, ...(flag.kind === 'switch' ? [`no-${flag.name}`] : [])]),
  );
  return args.filter((arg) => !known.has(/^--([^=]+)/.exec(arg)?.[1] ?? ''));
}

/** The port that a command listens on if nothing is said. */
function portOf(name: string): string {
  const command = COMMANDS.find((each) => each.name === name);
  return (
    command?.flags
      .find((flag) => flag.name === 'web.listen-address')
      ?.shown?.replace(/^.*:/, '')
      .replace(/"$/, '') ?? ''
  );
}

const OURS = Object.entries(COMPOSE.services).filter(([, { image }]) => image === 'sonde');

t.test('docker-compose.yml: commands, flags, ports and paths exist', async (t) => {
  t.same(OURS.map(([, { command }]) => command?.[0]).sort(), [
    'mysql',
    'nginx',
    'node',
    'postgres',
    'pushgateway',
    'redis',
    'serve',
  ]);
  for (const [name, { command = [], ports = [], environment, build }] of OURS) {
    t.same(unknownFlags(command), [], `${name}: flags`);
    const port = portOf(command[0] ?? '');
    t.same(ports, [`${port}:${port}`], `${name}: its standard port`);
    t.match(
      environment?.['HEALTH_URL'] ?? dockerEnvironment('HEALTH_URL'),
      `http://127.0.0.1:${port}/`,
      `${name}: health check`,
    );
    t.ok(typeof build === 'object' && existsSync(join(DEPLOY, build.context, build.dockerfile)), `${name}: Dockerfile`);
  }
  for (const [name, { volumes = [], build }] of Object.entries(COMPOSE.services)) {
    for (const volume of volumes) {
      const [source = ''] = volume.split(':');
      t.ok(
        source in COMPOSE.volumes || existsSync(join(source.startsWith('/') ? '' : DEPLOY, source)),
        `${name}: ${source}`,
      );
    }
    if (typeof build === 'string') t.ok(existsSync(join(DEPLOY, build, 'Dockerfile')), `${name}: ${build}`);
  }
});

function dockerEnvironment(name: string): string {
  return new RegExp(`^ENV [^#]*?\\b${name}=(\\S+)`, 'm').exec(read('Dockerfile'))?.[1] ?? '';
}

t.test('prometheus.yml: jobs lead to services, modules and rule files', async (t) => {
  const published = Object.entries(COMPOSE.services).flatMap(([name, { ports = [] }]) =>
    ports.map((port) => `${name}:${port.replace(/^.*:/, '')}`),
  );
  const config = await readConfig(readFileSync(join(REPOSITORY, 'blackbox.yml'), 'utf8'));
  const modules = 'modules' in config ? config.modules.map(({ name }) => name) : [];
  for (const {
    job_name: job,
    metrics_path: path,
    params,
    static_configs: targets,
    relabel_configs: relabel,
  } of PROMETHEUS.scrape_configs) {
    const prober = relabel?.find(({ target_label: label }) => label === '__address__')?.replacement;
    const asked = prober === undefined ? targets.flatMap((each) => each.targets) : [prober];
    for (const address of asked) t.ok(published.includes(address), `${job}: ${address}`);
    if (prober === undefined) continue;
    t.equal(path, '/probe', job);
    for (const module of params?.module ?? []) t.ok(modules.includes(module), `${job}: ${module}`);
  }
  for (const file of PROMETHEUS.rule_files) t.ok(existsSync(join(DEPLOY, file)), file);
});

const UNITS = [
  'sonde',
  'sonde-node',
  'sonde-pushgateway',
  'sonde-redis',
  'sonde-nginx',
  'sonde-postgres',
  'sonde-mysql',
] as const;

t.test('units: commands, flags and ports exist', async (t) => {
  for (const name of UNITS) {
    const unit = read(`${name}.service`);
    const [, line = ''] = /^ExecStart=\/usr\/bin\/node \/opt\/sonde\/bin\/sonde (.*)$/m.exec(unit) ?? [];
    const words = line.split(' ');
    t.equal(words.pop(), '$SONDE_OPTIONS', `${name}: room for more flags`);
    t.same(unknownFlags(words), [], `${name}: flags`);
    t.match(unit, ` on :${portOf(words[0] ?? '')}.`, `${name}: its standard port`);
    for (const [, options = ''] of unit.matchAll(/SONDE_OPTIONS="([^"]*)"/g)) {
      t.same(unknownFlags([words[0] ?? '', ...options.split(' ')]), [], `${name}: ${options}`);
    }
    t.match(unit, `EnvironmentFile=-/etc/default/${name}\n`, `${name}: its own options`);
  }
  t.match(read('sonde.socket'), `ListenStream=${portOf('serve')}\n`);
});

const analyze = findInPath('systemd-analyze');

t.test(
  'units: systemd-analyze verify',
  { skip: analyze === undefined ? 'no systemd-analyze here: install systemd' : false },
  async (t) => {
    const folder = t.testdir({});
    // Where Node is is not what is verified here.
    const files = [...UNITS.map((name) => `${name}.service`), 'sonde.socket'].map((name) => {
      const file = join(folder, name);
      writeFileSync(file, read(name).replaceAll('/usr/bin/node', process.execPath));
      return file;
    });
    const { status, stderr } = spawnSync(analyze ?? '', ['verify', '--man=no', ...files], {
      encoding: 'utf8',
      timeout: 200_000,
    });
    const complaints = stderr.split('\n').filter((line) => line.includes('sonde'));
    t.same(complaints, [], stderr);
    t.equal(status, 0, stderr);
  },
);

/** The `COPY --from=build /app/SOURCE` lines of the image. */
const COPIED = [...read('Dockerfile').matchAll(/^COPY --from=build \/app\/(\S+) (\S+)$/gm)].map(
  ([, from = '', to = '']) => ({ from, to }),
);

t.test('Dockerfile: what the image holds is enough for the service to start', async (t) => {
  t.ok(COPIED.length >= 9);
  const folder = t.testdir({ 'own.yml': 'modules: {}\n' });
  const app = join(folder, 'app');
  for (const { from, to } of COPIED) {
    const [source, target] = [join(REPOSITORY, from), join(app, to === './' ? from : to)];
    t.ok(existsSync(source), from);
    mkdirSync(dirname(target), { recursive: true });
    if (from === 'node_modules') symlinkSync(source, target);
    else cpSync(source, target, { recursive: true });
  }
  const [, entry = ''] = /^ENTRYPOINT \["node", "\/app\/(.*)"\]$/m.exec(read('Dockerfile')) ?? [];
  for (const { name } of COMMANDS) {
    const { status, stderr } = spawnSync(process.execPath, [join(app, entry), name, '--version'], { encoding: 'utf8' });
    t.equal(status, 0, `${name}: ${stderr}`);
  }
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(app, entry), 'check', 'blackbox.yml', 'modules'],
    {
      cwd: app,
      encoding: 'utf8',
    },
  );
  t.equal(status, 0, stdout + stderr);
});

t.test('Dockerfile: its context has all that is built, its ports are the standard ones', async (t) => {
  const ignore = readFileSync(join(REPOSITORY, '.dockerignore'), 'utf8').split('\n');
  const included = ignore.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  t.ok(included.length >= 8);
  for (const name of included) t.ok(existsSync(join(REPOSITORY, name)), name);
  t.notOk(included.includes('test') || included.includes('bench'), 'production is compiled without them');
  for (const needed of ['src', 'scripts', 'schemas', 'package-lock.json', 'tsconfig.json', 'bin']) {
    t.ok(included.includes(needed), needed);
  }
  const [, exposed = ''] = /^EXPOSE (.*)$/m.exec(read('Dockerfile')) ?? [];
  t.same(exposed.split(' '), ['serve', 'pushgateway', 'node', 'redis', 'nginx', 'postgres', 'mysql'].map(portOf));
});

t.test('Dockerfile: the health check tells a service that answers from one that does not', async (t) => {
  const [, json = '[]'] = /^HEALTHCHECK .*CMD (\[.*\])$/m.exec(read('Dockerfile')) ?? [];
  const [, ...args] = JSON.parse(json) as readonly string[];
  const folder = t.testdir({ 'blackbox.yml': 'modules: {}\n' });
  const service = await startSonde([`--config.file=${folder}/blackbox.yml`]);
  const isHealthy = (): boolean => {
    const env = { ...process.env, HEALTH_URL: `http://${service.address}/-/healthy` };
    return spawnSync(process.execPath, args, { env, timeout: 100_000 }).status === 0;
  };
  t.equal(isHealthy(), true);
  await service.stop();
  t.equal(isHealthy(), false);
});
