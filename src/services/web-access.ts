import { hashDoubt } from '../config/rules/web-rules.js';
import type { TlsServerConfig, WebConfig } from '../config/web-config.js';
import { comparePlain, PasswordChecks } from '../http/access/password-checks.js';
import { RepeatedLog } from '../http/access/repeated-log.js';
import { requestGate } from '../http/access/request-gate.js';
import { TlsIdentities, type TlsIdentity } from '../http/access/tls-identity.js';
import { unchangingConfig, type WebConfigSource, WebFile, type WebFileState } from '../http/access/web-file.js';
import { OPEN_ACCESS, type WebAccess } from '../http/listeners/http-server.js';
import type { TlsSide } from '../http/listeners/tls-listener.js';
import type { GivenAccess } from '../http/web-options.js';
import type { ServiceLog } from '../log/service-log.js';
import { loadSystemRoots } from '../net/tls/system-roots.js';
import type { TrustStore } from '../net/tls/trust-store.js';
import { messageOf } from '../values/as-error.js';
import type { Platform } from './platform.js';

/** Access by the web config file, with what was in it at the start. */
export interface OpenedAccess extends WebAccess {
  /** Whether only users, or clients with a certificate, have access. */
  readonly isRestricted: boolean;
  readonly http2: boolean;
  readonly rateLimit: WebConfig['rateLimit'];
}

type UsableState = WebFileState & { readonly usable: true };

/**
 * Reads the web config file and all that it names for the first time, if `path` is not empty. Throws an Error with
 * everything that is wrong, a line a mistake.
 */
export async function openWebAccess(path: string, platform: Platform, log: ServiceLog): Promise<OpenedAccess> {
  if (path === '') return { ...OPEN_ACCESS, isRestricted: false, http2: false, rateLimit: undefined };
  const source = new WebFile(path, platform.clock);
  const state = await usableState(source);
  for (const doubt of doubtsOf(state)) log.warn('Odd password hash in the web config file', { err: doubt });
  return openAccess({ source, state, passwords: new PasswordChecks(), challenge: 'Basic' }, platform, log);
}

/** Access as flags say. Throws an Error for a certificate that cannot be used. */
export async function openGivenAccess(given: GivenAccess, platform: Platform, log: ServiceLog): Promise<OpenedAccess> {
  const { config, challenge } = given;
  const source = unchangingConfig(config);
  const passwords = given.passwords === 'plain' ? new PasswordChecks(comparePlain) : new PasswordChecks();
  return openAccess({ source, state: await usableState(source), passwords, challenge }, platform, log);
}

async function usableState(source: WebConfigSource): Promise<UsableState> {
  const state = await source.fresh();
  if (!state.usable) throw new Error(state.problems.join('\n'));
  return state;
}

interface AccessParts {
  readonly source: WebConfigSource;
  /** What the source has at the start. */
  readonly state: UsableState;
  readonly passwords: PasswordChecks;
  readonly challenge: string;
}

async function openAccess(parts: AccessParts, platform: Platform, log: ServiceLog): Promise<OpenedAccess> {
  const { source, state, passwords, challenge } = parts;
  const { clock } = platform;
  const problems = new RepeatedLog(log, clock);
  const identities = openIdentities(platform, problems);
  const { tls, http2, users, rateLimit } = state.config;
  if (tls !== undefined) await assertIdentity(identities, tls, state);
  const identity = (): Promise<TlsIdentity> => currentIdentity(source, identities, problems);
  return {
    tls: tls === undefined ? undefined : tlsSide({ identity, http2, platform, log }),
    gate: requestGate({ source, rateLimit, passwords, challenge, clock, problems }),
    isRestricted: users.size > 0 || tls?.clientAuth === 'require-and-verify',
    http2: http2 && tls !== undefined,
    rateLimit,
  };
}

/** The result of checking a web config file and the files that it names, one line for each finding. */
export interface CheckedWebFile {
  /** Mistakes; none if the file can be used. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** Reads and checks a web config file and the files that it names, as the service does when it starts. */
export async function checkWebFile(path: string, platform: Platform): Promise<CheckedWebFile> {
  const state = await new WebFile(path, platform.clock).fresh();
  if (!state.usable) return { problems: state.problems, warnings: [] };
  const warnings = doubtsOf(state);
  if (state.config.tls === undefined) return { problems: [], warnings };
  try {
    await assertIdentity(openIdentities(platform), state.config.tls, state);
    return { problems: [], warnings };
  } catch (error) {
    if (error instanceof Error) return { problems: error.message.split('\n'), warnings };
    throw error;
  }
}

/** Users whose hashes are hardly what was meant, each with its place. */
function doubtsOf({ config, place }: UsableState): readonly string[] {
  return [...config.users].flatMap(([name, hash]) => {
    const message = hashDoubt(hash.reveal());
    return message === undefined
      ? []
      : [place({ path: ['basic_auth_users', name], at: 'value', message: `warning: ${message}` })];
  });
}

function openIdentities({ clock, env }: Platform, problems?: RepeatedLog): TlsIdentities {
  let roots: Promise<TrustStore> | undefined;
  return new TlsIdentities({
    clock,
    systemRoots: () => (roots ??= loadSystemRoots({ certFile: env['SSL_CERT_FILE'], certDir: env['SSL_CERT_DIR'] })),
    onUnfitPair: (error) =>
      problems?.error('Cannot use the changed certificate, going on with the last one', error.message),
  });
}

/** Throws an Error with everything that is wrong with certificate and key, a line a mistake with its place. */
async function assertIdentity(identities: TlsIdentities, tls: TlsServerConfig, { place }: UsableState): Promise<void> {
  const problems = await identities.problems(tls);
  if (problems.length === 0) return;
  const lines = problems.map(({ key, message }) => place({ path: ['tls_server_config', key], at: 'value', message }));
  throw new Error(lines.join('\n'), { cause: problems[0] });
}

async function currentIdentity(
  source: WebConfigSource,
  identities: TlsIdentities,
  problems: RepeatedLog,
): Promise<TlsIdentity> {
  try {
    const state = await usableState(source);
    if (state.config.tls === undefined) throw new Error('TLS config is not present');
    return await identities.load(state.config.tls);
  } catch (error) {
    problems.error('Cannot take part in TLS handshakes', messageOf(error));
    throw error;
  }
}

function tlsSide(parts: {
  readonly identity: () => Promise<TlsIdentity>;
  readonly http2: boolean;
  readonly platform: Platform;
  readonly log: ServiceLog;
}): TlsSide {
  const { identity, http2, platform, log } = parts;
  return {
    identity,
    http2,
    clock: platform.clock,
    onRefused: ({ message }, client) => {
      log.debug('TLS handshake error', { client, err: message });
    },
  };
}
