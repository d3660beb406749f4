import { ProbeFailure } from '../../probe/failure.js';
import { goQuote } from '../../values/go/go-quote.js';
import { MASK, Secret } from '../../values/secret.js';

/** The answer of the token endpoint. */
export interface TokenAnswer {
  readonly status: number;
  /** The reason phrase. */
  readonly statusText: string;
  readonly contentType: string;
  readonly body: string;
}

/** A token that a server granted (RFC 6749, 5.1). */
export interface AccessToken {
  /** The scheme for the Authorization header: `Bearer`, unless the server named another. */
  readonly type: string;
  readonly token: Secret;
  /** How long it is good for (`expires_in`); undefined if the server does not say so, or says nothing usable. */
  readonly lifetimeSeconds?: number;
}

/** The most characters that an error cites of an answer without a token. */
const LONGEST_SHOWN = 200;

/**
 * The token in an answer (RFC 6749 §5.1), as JSON or, as some servers send it, as a form. Throws a ProbeFailure
 * (token_refused) in the words of Go's oauth2 package; `secrets` are masked in it.
 */
export function parseTokenAnswer(answer: TokenAnswer, secrets: readonly Secret[]): AccessToken {
  const succeeded = answer.status >= 200 && answer.status <= 299;
  const fields = fieldsOf(answer);
  if (typeof fields === 'string') throw refused(succeeded ? fields : statusText(answer, secrets));
  const token = fields('access_token') ?? '';
  const error = fields('error') ?? '';
  if (error !== '') {
    const details = [error, fields('error_description') ?? '', fields('error_uri') ?? ''].filter((text) => text !== '');
    throw refused(`oauth2: ${details.map((text) => goQuote(shown(text, [...secrets, new Secret(token)]))).join(' ')}`);
  }
  if (!succeeded) throw refused(statusText(answer, [...secrets, new Secret(token)]));
  if (token === '') throw refused('oauth2: server response missing access_token');
  const lifetimeSeconds = lifetimeOf(fields('expires_in'));
  return {
    ...{ type: typeName(fields('token_type') ?? ''), token: new Secret(token) },
    ...(lifetimeSeconds !== undefined && { lifetimeSeconds }),
  };
}

/**
 * The lifetime of a token in seconds; undefined if it does not expire (zero, as in Go). A text in a form that is no
 * number counts as no lifetime, as in Go; in JSON, it was refused.
 */
function lifetimeOf(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d{1,15}$/.test(text) && Number(text) !== 0 ? Number(text) : undefined;
}

/** A field of the answer by its name. */
type Fields = (name: string) => string | undefined;

/** The most commas, brackets and ampersands of an answer: what they separate is parsed in one go. */
const MOST_PARTS = 1000;

/** The fields of an answer, or what is wrong with it. */
function fieldsOf(answer: TokenAnswer): Fields | string {
  const { body } = answer;
  const asForm = isForm(answer);
  if (hasMore(body, MOST_PARTS, asForm ? '&' : ',[{'))
    return `oauth2: cannot parse ${asForm ? 'response' : 'json'}: the answer has more than ${MOST_PARTS} parts`;
  return asForm ? parseForm(body) : parseJson(body);
}

/** Whether there are more than `most` of these characters in a text. */
function hasMore(text: string, most: number, characters: string): boolean {
  let found = 0;
  for (let at = 0; at < text.length; at++) {
    if (characters.includes(text.charAt(at)) && ++found > most) return true;
  }
  return false;
}

function isForm({ contentType, body }: TokenAnswer): boolean {
  const [mediaType = ''] = contentType.toLowerCase().split(';', 1);
  // JSON is sent as plain text by some; no form begins like that.
  return ['application/x-www-form-urlencoded', 'text/plain'].includes(mediaType.trim()) && !/^\s*\{/.test(body);
}

/** The fields of a form, or what is wrong with it, in Go's words. */
function parseForm(body: string): Fields | string {
  if (body.includes(';')) return 'oauth2: cannot parse response: invalid semicolon separator in query';
  const [escape] = /%(?![0-9a-f]{2}).{0,2}/is.exec(body) ?? [];
  if (escape !== undefined) return `oauth2: cannot parse response: invalid URL escape ${goQuote(escape)}`;
  const form = new URLSearchParams(body);
  return (name) => form.get(name) ?? undefined;
}

const TEXT_FIELDS = ['access_token', 'token_type', 'error', 'error_description', 'error_uri'];

/**
 * The fields of a JSON object, or what is wrong with the text. Names match in any letter case, and the last one counts,
 * as in Go.
 */
function parseJson(body: string): Fields | string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    // The parser's own message quotes the text, and so perhaps the token.
    return `oauth2: cannot parse json: ${body.trim() === '' ? 'unexpected end of JSON input' : 'the answer is not JSON'}`;
  }
  if (value !== null && (typeof value !== 'object' || Array.isArray(value))) {
    return 'oauth2: cannot parse json: the answer is not an object';
  }
  const entries = Object.entries(value ?? {}).filter(([, field]) => field !== null);
  const named = new Map<string, unknown>(entries.map(([key, field]) => [key.toLowerCase(), field]));
  const find = (name: string): unknown => named.get(name);
  const wrong = TEXT_FIELDS.find((name) => !['string', 'undefined'].includes(typeof find(name)));
  if (wrong !== undefined) return `oauth2: cannot parse json: ${wrong} is not a string`;
  const written = lastNumber(body, 'expires_in');
  if (!isInteger(find('expires_in')) || (written !== undefined && !INTEGER.test(written)))
    return 'oauth2: cannot parse json: expires_in is not an integer';
  return (name) => {
    const field = find(name);
    return typeof field === 'string' || typeof field === 'number' ? String(field) : undefined;
  };
}

const INTEGER = /^-?(?:0|[1-9]\d{0,19})$/;

/** Whether Go takes it for an integer of 64 bits: a number, or a text that is one. */
function isInteger(field: unknown): boolean {
  if (typeof field === 'string') return INTEGER.test(field) && fitsInt64(Number(field));
  return field === undefined || (typeof field === 'number' && Number.isInteger(field) && fitsInt64(field));
}

/** A text, a bracket, a colon, or anything else of JSON. */
const JSON_TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^\s"[\]{}:,]+/g;

/**
 * The last number of that name in an object, as it is written: Go refuses 1e3 and 1000.0, which are no integers to it.
 * Undefined if there is none. `json` is well formed.
 */
function lastNumber(json: string, name: string): string | undefined {
  let depth = 0;
  let found: string | undefined;
  let [beforeLast, last] = ['', ''];
  for (const [token] of json.matchAll(JSON_TOKEN)) {
    if (token === '}' || token === ']') depth -= 1;
    const isNumber = depth === 1 && last === ':' && /^[-\d]/.test(token);
    if (isNumber && textOfJson(beforeLast).toLowerCase() === name) found = token;
    if (token === '{' || token === '[') depth += 1;
    [beforeLast, last] = [last, token];
  }
  return found;
}

function textOfJson(token: string): string {
  return token.startsWith('"') ? String(JSON.parse(token)) : '';
}

function fitsInt64(value: number): boolean {
  return Math.abs(value) < 2 ** 63;
}

/** The letter case that servers expect of the usual types. */
const USUAL_TYPES: ReadonlyMap<string, string> = new Map([
  ['', 'Bearer'],
  ['bearer', 'Bearer'],
  ['mac', 'MAC'],
  ['basic', 'Basic'],
]);

function typeName(type: string): string {
  return USUAL_TYPES.get(type.toLowerCase()) ?? type;
}

function statusText({ status, statusText, body }: TokenAnswer, secrets: readonly Secret[]): string {
  return `oauth2: cannot fetch token: ${status} ${shown(statusText, secrets)}\nResponse: ${shown(body, secrets)}`;
}

/** The beginning of a text, masked from left to right: what is not shown is not searched either. */
function shown(text: string, secrets: readonly Secret[]): string {
  const values = secrets.map((secret) => secret.reveal()).filter((value) => value !== '');
  values.sort((one, other) => other.length - one.length);
  let masked = '';
  let at = 0;
  while (at < text.length && masked.length <= LONGEST_SHOWN) {
    const value = values.find((each) => text.startsWith(each, at));
    masked += value === undefined ? text.charAt(at) : MASK;
    at += value?.length ?? 1;
  }
  const isLong = masked.length > LONGEST_SHOWN || at < text.length;
  return isLong ? `${masked.slice(0, LONGEST_SHOWN)}…` : masked;
}

function refused(err: string): ProbeFailure {
  return new ProbeFailure('auth', 'token_refused', 'Error for HTTP request', { err });
}
