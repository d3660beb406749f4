import { ProbeFailure } from '../../probe/failure.js';
import { systemClock } from '../../values/clock.js';
import { loopTurns } from '../../values/loop-turns.js';
import { isSecretName } from '../../values/masked-text.js';
import type { RawOauth2 } from '../../values/raw-config.js';
import { Secret } from '../../values/secret.js';
import { basicHeader } from './http-credentials.js';
import { jwtGrantForm } from './http-jwt-grant.js';
import { type AccessToken, parseTokenAnswer } from './http-oauth2-answer.js';
import { type Asker, compileTokenEndpoint, type Oauth2Deps, type TokenEndpoint } from './http-oauth2-endpoint.js';
import { encodeForm, type Form, queryEscape } from './http-oauth2-form.js';
import { compileSecret } from './http-secret-source.js';

/** Asks for tokens with the credentials of one module. */
export interface Oauth2Client {
  /**
   * Asks for a new token, by the deadline of the probe, where its policy allows that. Rejects with a ProbeFailure of
   * the phase auth (token_refused, token_timeout, token_unreachable), or setup where the request cannot be made at all.
   */
  readonly token: (asker: Asker) => Promise<AccessToken>;
}

const JWT_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** Compiles the `oauth2` block of a module; throws ConfigError. A token lasts for one probe, as in upstream. */
export function compileOauth2(raw: RawOauth2, deps: Oauth2Deps): Oauth2Client {
  const endpoint = compileTokenEndpoint(raw, deps);
  return raw.grant_type === JWT_GRANT ? jwtClient(raw, endpoint, deps) : clientCredentialsClient(raw, endpoint);
}

/**
 * Client credentials (RFC 6749 §4.4): the secret goes into the Authorization header first, and into the form if that is
 * refused, as in Go.
 */
function clientCredentialsClient(raw: RawOauth2, endpoint: TokenEndpoint): Oauth2Client {
  const readSecret = compileSecret(
    { text: raw.client_secret, file: raw.client_secret_file, ref: raw.client_secret_ref },
    SECRET_NAME,
  );
  const { client_id: id } = raw;
  return {
    token: async (asker) => {
      const form = clientCredentialsForm(raw);
      const secret = (await readSecret(asker)).reveal();
      const authorization = basicHeader(queryEscape(id), queryEscape(secret));
      const secrets = [secret, queryEscape(secret), authorization.slice('Basic '.length)].map(
        (text) => new Secret(text),
      );
      try {
        return await ask(endpoint, { form, authorization, secrets, asker });
      } catch (error) {
        if (!(error instanceof ProbeFailure) || error.reason !== 'token_refused') throw error;
      }
      const withSecret = { ...form, client_id: id, ...(secret === '' ? undefined : { client_secret: secret }) };
      return ask(endpoint, { form: withSecret, secrets, asker });
    },
  };
}

const SECRET_NAME = { file: 'oauth2 client secret', ref: 'client secret' };

function clientCredentialsForm({ scopes, endpoint_params: params }: RawOauth2): Form {
  if (scopes.length > 0 && Object.hasOwn(params, 'scope')) {
    const err = 'oauth2: cannot overwrite parameter "scope"';
    throw new ProbeFailure('setup', 'invalid_request', 'Error for HTTP request', { err });
  }
  return {
    grant_type: 'client_credentials',
    ...(scopes.length === 0 ? undefined : { scope: scopes.join(' ') }),
    ...params,
  };
}

/** A signed JWT as the authorization grant (RFC 7523 §2.1). */
function jwtClient(raw: RawOauth2, endpoint: TokenEndpoint, { clock = systemClock }: Oauth2Deps): Oauth2Client {
  const readKey = compileSecret(
    { text: raw.client_certificate_key, file: raw.client_certificate_key_file, ref: raw.client_certificate_key_ref },
    SECRET_NAME,
  );
  return {
    token: async (asker) => {
      const form = await jwtGrantForm(raw, await readKey(asker), clock);
      return ask(endpoint, { form, secrets: [new Secret(form['assertion'] ?? '')], asker });
    },
  };
}

interface Question {
  readonly form: Form;
  readonly authorization?: string;
  /** Secrets that the answer may repeat, and that the log masks. */
  readonly secrets: readonly Secret[];
  readonly asker: Asker;
}

async function ask(endpoint: TokenEndpoint, { form, authorization, secrets, asker }: Question): Promise<AccessToken> {
  const given = [...secrets, ...secretParams(form)];
  for (const secret of given) asker.secrets.use(secret);
  const answer = await endpoint.post({
    body: encodeForm(form),
    ...(authorization === undefined ? undefined : { authorization }),
    asker,
  });
  if (loopTurns.isOver()) await loopTurns.next();
  const accepted = parseTokenAnswer(answer, given);
  asker.secrets.use(accepted.token);
  return accepted;
}

/** The values of parameters whose names say that they are credentials, as `/config` masks them. */
function secretParams(form: Form): readonly Secret[] {
  return Object.entries(form).flatMap(([name, value]) =>
    isSecretName(name) ? [new Secret(value), new Secret(queryEscape(value))] : [],
  );
}

export type { AccessToken, Oauth2Deps };
