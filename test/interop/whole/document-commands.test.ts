import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { fencedBlocks, readDocuments } from '../../helpers/documents/documents.js';
import { noIcmp } from '../../helpers/icmp-support.js';
import { findInPath, REPOSITORY } from '../../helpers/peer.js';
import { type ChildService, startChildService } from '../../helpers/services/child-service.js';

t.setTimeout(500_000);

/** A command that the documents tell users to run. */
interface DocumentedCommand {
  readonly place: string;
  readonly text: string;
  /** What the document shows below it. */
  readonly shown: string;
}

/** What the test does with a command: the first row whose pattern matches decides. */
interface Row {
  readonly command: RegExp;
  /** A service is started and goes on; the others run to their end, with the exit code given (0). */
  readonly does: 'start' | 'run' | { readonly not: string };
  readonly code?: number;
  readonly output?: RegExp;
  /** Whether what it prints has to be what the document shows, to the letter. */
  readonly asShown?: true;
  /** `blackbox.yml`, where it is not the one of the repository. */
  readonly config?: string;
  /** The program that the command needs beside Sonde. */
  readonly needs?: string;
  /** Further flags for the service that it asks. */
  readonly service?: readonly string[];
}

const SERVER =
  'the server that it names is not here; test/interop/recipes-*.test.ts and the contract suite probe real ones';
const HOST = 'it changes the machine: users, units, files below /etc';

/** The file that the README's example of `sonde check` is about. */
const WITH_MISTAKES = `modules:
  api_health:
    prober: http
    timeout: 5
    http:
      methdo: GET
      fail_if_body_not_matches_regexp: ['(']
`;

const ROWS: readonly Row[] = [
  { command: /^npm (start|test)\b/, does: { not: '.ci/run is both' } },
  {
    command: /--import=/,
    does: { not: 'it needs a file of the Pushgateway; test/interop/pushgateway/pushgateway-import.test.ts runs it' },
  },
  { command: /^npm run bench|dist\/bench\//, does: { not: 'a benchmark takes minutes and needs a quiet machine' } },
  { command: /^npm run release/, does: { not: 'test/release.test.ts runs it, in a checkout of its own' } },
  { command: /^(git push|npm publish)/, does: { not: 'it publishes' } },
  {
    command: /^kubectl /,
    does: { not: 'there is no cluster; test/deploy-kubernetes.test.ts starts what the manifests say' },
  },
  { command: /^docker /, does: { not: 'there is no Docker engine; test/deploy.test.ts starts what the image holds' } },
  {
    command: /^(git clone|cd \/opt|ln -s|useradd|install|cp deploy|systemctl|echo 'SONDE_OPTIONS)/,
    does: { not: HOST },
  },
  { command: /^sonde check --web \/etc/, does: { not: `${HOST}; the same command is tested with web.yml` } },
  { command: /^sonde --config\.file=blackbox\.yml --web\.config\.file/, does: 'start' },
  { command: /^(bin\/)?sonde check blackbox\.yml/, does: 'run', code: 1, asShown: true, config: WITH_MISTAKES },
  { command: /^sonde check --web web\.yml/, does: 'run', output: /^(web\.yml: )?ok|^$/i },
  {
    command: /^(bin\/)?sonde node --path\.procfs=\/host/,
    does: { not: 'it wants the host below /host, as a container has it' },
  },
  { command: /^echo '\[\{"targets"/, does: 'run' },
  { command: /metrics\/targets/, does: 'run', needs: 'curl' },
  { command: /^sonde check --targets targets\/$/, does: 'run', output: /^targets\/web\.yml: ok$/m },
  {
    command: /^sonde check --remote-write remote-write\.yml$/,
    does: 'run',
    output: /^remote-write\.yml: ok$/m,
  },
  { command: /^sonde prometheus/, does: 'run', output: /^ {6}- url: http:\/\/localhost:9115\/sd$/m },
  { command: /^([A-Z_]+=PASSWORD |DATA_SOURCE_[A-Z]+=\S+ )*(bin\/)?sonde(?! (check|probe))/, does: 'start' },
  {
    command: /^(REDIS_ADDR|SCRAPE_URI)=/,
    does: { not: 'variables are in test/interop/exporters/redis-exporter-differential.test.ts and its sibling' },
  },
  {
    command: /module=(dns_soa|grpc_plain|ssh_banner|redis_unix|websocket_echo|redis|nginx|postgres|mysql)/,
    does: { not: SERVER },
  },
  {
    command: /module=icmp_loss/,
    does: noIcmp() === false ? 'run' : { not: 'no ICMP here' },
    output: /^probe_icmp_packets_received 5$/m,
  },
  { command: /localhost:9115\/api\/v1\//, does: 'run', output: /^\{/, needs: 'curl' },
  { command: /target=http:\/\/localhost:9115/, does: 'run', output: /^probe_success 1$/m, needs: 'curl' },
  { command: /^echo .*\| curl --data-binary/, does: 'run', needs: 'curl' },
  { command: /^curl -X DELETE/, does: 'run', output: /"/, needs: 'curl', service: ['--web.enable-admin-api'] },
  { command: /^curl .*grep .*node_load/, does: 'run', output: /^node_load1 /m, needs: 'curl' },
  { command: /^openssl req/, does: 'run', needs: 'openssl' },
  { command: /^htpasswd/, does: { not: 'it asks for a password; test/http/access/users.test.ts has hashes of it' } },
];

/**
 * The commands of a document in their order: lines behind `$ ` of a console, every line of a script; comments are left
 * out.
 */
function commandsOf(document: { readonly path: string; readonly text: string }): readonly DocumentedCommand[] {
  return fencedBlocks(document).flatMap(({ language, text, place }) => {
    if (language !== 'sh' && language !== 'console') return [];
    const joined = text.replaceAll(/\\\n\s*/g, '');
    const lines = joined.split('\n').filter((line) => line !== '');
    if (language === 'sh') return lines.map((line) => ({ place, text: withoutComment(line), shown: '' }));
    return joined
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const [line = '', ...shown] = part.split('\n');
        return { place, text: withoutComment(line), shown: shown.join('\n').trimEnd() };
      });
  });
}

function withoutComment(line: string): string {
  return line.replace(/\s{2,}# .*$/, '');
}

/** A user's folder: the files that the documents speak of, and `sonde` on the PATH. */
class UserFolder {
  readonly #folder: string;
  readonly #services = new Map<string, ChildService>();

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(join(folder, 'bin'));
    const wrapper = `#!/bin/sh\nexec '${process.execPath}' '${join(REPOSITORY, 'bin/sonde')}' "$@"\n`;
    writeFileSync(join(folder, 'bin/sonde'), wrapper, { mode: 0o755 });
    cpSync(join(REPOSITORY, 'modules'), join(folder, 'modules'), { recursive: true });
    mkdirSync(join(folder, 'targets'));
    this.write('targets/web.yml', '- targets: [http://localhost:9115]\n');
    // An answer that is no success ends curl with an error.
    this.write('.curlrc', 'silent\nshow-error\nfail\n');
    this.write('blackbox.yml', readFileSync(join(REPOSITORY, 'blackbox.yml'), 'utf8'));
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.#folder, name), text);
  }

  /** Starts what the command says, on a port of its own choosing. */
  async start(command: string): Promise<ChildService> {
    const kind = /sonde (pushgateway|node|redis|nginx|postgres|mysql)\b/.exec(command)?.[1] ?? 'serve';
    await this.#services.get(kind)?.stop();
    // Variables stand before `exec`.
    const text = `${command.replace(/^(?:[A-Z_]+=\S+ )*/, '$&exec ')} --web.listen-address=127.0.0.1:0`;
    const service = await startChildService({
      command: 'bash',
      args: ['-c', text],
      cwd: this.#folder,
      env: this.#env(),
      ready: /Listening on"? address=(\S+:\d+)/,
    });
    this.#services.set(kind, service);
    return service;
  }

  /** Runs a command to its end, with the addresses of the services in the places of the standard ones. */
  async run(command: string, flags: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
    let text = command;
    for (const [port, kind] of [
      ['9115', 'serve'],
      ['9091', 'pushgateway'],
      ['9100', 'node'],
    ] as const) {
      if (!text.includes(`localhost:${port}`)) continue;
      const running = flags.length === 0 ? this.#services.get(kind) : undefined;
      const service = running ?? (await this.start([`sonde ${kind}`, ...flags].join(' ')));
      text = text.replaceAll(`localhost:${port}`, service.address);
    }
    const child = spawn('bash', ['-o', 'pipefail', '-c', text], {
      cwd: this.#folder,
      env: { ...process.env, ...this.#env() },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const code = await new Promise<number>((resolve) => child.on('close', (status) => resolve(status ?? -1)));
    return { code, output };
  }

  async stop(): Promise<void> {
    for (const service of this.#services.values()) await service.stop();
  }

  #env(): Record<string, string> {
    return {
      CLIENT_SECRET: 'secret',
      CURL_HOME: this.#folder,
      PATH: `${join(this.#folder, 'bin')}:${process.env['PATH'] ?? ''}`,
    };
  }
}

/** What a user has by then: the modules of the document, the certificate and the web config file. */
async function prepare(
  t: Test,
  user: UserFolder,
  document: { readonly path: string; readonly text: string },
): Promise<void> {
  const modules = fencedBlocks(document).find(({ text }) => text.startsWith('modules:'));
  if (document.path.startsWith('docs/probers/') && modules !== undefined) user.write('blackbox.yml', modules.text);
  const receiver = fencedBlocks(document).find(({ text }) => text.startsWith('# remote-write.yml'));
  if (receiver !== undefined) user.write('remote-write.yml', receiver.text);
  if (document.path !== 'docs/web-config.md' || findInPath('openssl') === undefined) return;
  const make = commandsOf(document).find(({ text }) => text.startsWith('openssl req'));
  const made = await user.run(make?.text ?? 'false', []);
  t.equal(made.code, 0, made.output);
  const block = fencedBlocks(document).find(({ text }) => text.startsWith('# web.yml'));
  user.write('web.yml', block?.text ?? '');
}

const documents = readDocuments().filter(({ path }) => /^(README|deploy\/|docs\/|bench\/)/.test(path));
for (const document of documents) {
  const commands = commandsOf(document);
  if (commands.length === 0) continue;
  t.test(document.path, async (t) => {
    const user = new UserFolder(t.testdir());
    t.teardown(() => user.stop());
    await prepare(t, user, document);
    for (const command of commands) await tryCommand(t, user, command);
  });
}

async function tryCommand(t: Test, user: UserFolder, { text, shown, place }: DocumentedCommand): Promise<void> {
  const name = `${place}: ${text}`;
  const row = ROWS.find(({ command }) => command.test(text));
  if (row === undefined) {
    t.fail(`${name}: the table does not say what is done with it`);
    return;
  }
  const { does, code = 0, output, asShown, needs, service = [], config } = row;
  if (typeof does === 'object') {
    t.pass(`${name}: not run, since ${does.not}`);
    return;
  }
  if (needs !== undefined && findInPath(needs) === undefined) {
    t.pass(`${name}: not run, since there is no ${needs} here`);
    return;
  }
  if (does === 'start') {
    t.ok((await user.start(text)).address, name);
    return;
  }
  if (config !== undefined) user.write('blackbox.yml', config);
  const ran = await user.run(text, service);
  // What a later command starts has the usual modules again.
  if (config !== undefined) user.write('blackbox.yml', readFileSync(join(REPOSITORY, 'blackbox.yml'), 'utf8'));
  t.equal(ran.code, code, `${name}: ${ran.output}`);
  if (output !== undefined) t.match(ran.output, output, name);
  if (asShown === true) t.equal(ran.output.trimEnd(), shown, name);
}
