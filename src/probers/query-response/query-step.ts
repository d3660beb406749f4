import { gauge, type MetricDefinition } from '../../metrics/metric-definition.js';
import { bytesOf } from '../../values/byte-string.js';
import { within } from '../../values/config-error.js';
import { compileSoundRegexp, type GoRegexp } from '../../values/go/go-regexp.js';
import { compileGoTemplate, type GoTemplate, literalTemplate, type MatchGroups } from '../../values/go/go-template.js';
import { loginSecrets } from '../../values/masked-text.js';
import { parseRawBytes } from '../../values/raw-bytes.js';
import type { RawExpectLabel, RawQueryResponse } from '../../values/raw-config.js';
import { Secret } from '../../values/secret.js';

/** The series of `probe_expect_info` that a step makes of what it matched. */
export interface ExpectInfo {
  readonly metric: MetricDefinition;
  readonly labels: readonly (readonly [name: string, value: GoTemplate])[];
}

/** Text that a step waits for. */
export interface TextExpectation {
  readonly kind: 'text';
  readonly regexp: GoRegexp;
  /** A match of this pattern ends the probe as failed. */
  readonly reject: GoRegexp | undefined;
  /** Whether the patterns match all received data that was not used yet, instead of single lines. */
  readonly multiline: boolean;
  readonly info: ExpectInfo | undefined;
  /** Whether the groups of the match are asked for: finding them costs more than the match alone. */
  readonly needsGroups: boolean;
}

/** Bytes that have to come next. */
export interface BytesExpectation {
  readonly kind: 'bytes';
  readonly bytes: Buffer;
}

/**
 * The data that a step sends: a text from a template over the match, with a line ending; or bytes, unchanged. `logins`
 * are the passwords that the module's own text has.
 */
export type Utterance =
  | {
      readonly kind: 'text';
      readonly template: GoTemplate;
      readonly lineEnding: '\n' | '\r\n' | '';
      readonly logins: readonly Secret[];
    }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array };

/** One step of a dialogue: expect, then send, then TLS; each may be left out. */
export interface QueryStep {
  readonly expect: TextExpectation | BytesExpectation | undefined;
  readonly send: Utterance | undefined;
  readonly startTls: boolean;
}

const LINE_ENDINGS = { lf: '\n', crlf: '\r\n', none: '' } as const;

const NO_GROUPS: GoRegexp['groupNames'] = new Map();

/** Compiles `query_response`; throws ConfigError. */
export function compileQuerySteps(raw: readonly RawQueryResponse[]): readonly QueryStep[] {
  return raw.map((step, index) => within([index], () => compileStep(step)));
}

function compileStep(raw: RawQueryResponse): QueryStep {
  const regexp = raw.expect === undefined ? undefined : compileSoundRegexp(raw.expect);
  const send = compileUtterance(raw, regexp);
  const expect = regexp === undefined ? compileBytes(raw) : compileText(raw, regexp, send);
  return { expect, send, startTls: raw.starttls };
}

function compileText(raw: RawQueryResponse, regexp: GoRegexp, send: Utterance | undefined): TextExpectation {
  const info = raw.labels === undefined ? undefined : compileInfo(raw.labels, regexp.groupNames);
  return {
    kind: 'text',
    regexp,
    reject: raw.reject === undefined ? undefined : compileSoundRegexp(raw.reject),
    multiline: raw.multiline,
    info,
    needsGroups: info !== undefined || (send?.kind === 'text' && send.template.usesGroups),
  };
}

function compileBytes({ expect_bytes: raw }: RawQueryResponse): BytesExpectation | undefined {
  const bytes = within(['expect_bytes'], () => parseRawBytes(raw));
  return bytes.length === 0 ? undefined : { kind: 'bytes', bytes: Buffer.from(bytes) };
}

/** Without an expect in the same step nothing is replaced in what is sent, as in upstream. */
function compileUtterance(raw: RawQueryResponse, regexp: GoRegexp | undefined): Utterance | undefined {
  const bytes = within(['send_bytes'], () => parseRawBytes(raw.send_bytes));
  if (bytes.length > 0) return { kind: 'bytes', bytes };
  if (raw.send === '') return undefined;
  const template = regexp === undefined ? literalTemplate(raw.send) : compileGoTemplate(raw.send, regexp.groupNames);
  // Without groups: what a server makes of a line is no secret of ours.
  const logins = loginSecrets(template.expand([])).map((login) => new Secret(login));
  return { kind: 'text', template, lineEnding: LINE_ENDINGS[raw.newline], logins };
}

function compileInfo(raw: readonly RawExpectLabel[], groupNames = NO_GROUPS): ExpectInfo {
  const labels = raw.map(({ name, value }) => [name, compileGoTemplate(value, groupNames)] as const);
  const names = labels.map(([name]) => name);
  return { metric: gauge('probe_expect_info', 'Explicit content matched', names), labels };
}

/**
 * The bytes to send for a match with these groups; undefined where that comes to nothing: an empty text is not sent,
 * not even as a line.
 */
export function utteredBytes(send: Utterance, groups: MatchGroups): Uint8Array | undefined {
  if (send.kind === 'bytes') return send.bytes;
  const text = send.template.expand(groups);
  return text === '' ? undefined : bytesOf(`${text}${send.lineEnding}`);
}
