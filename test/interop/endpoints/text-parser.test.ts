import t, { type Test } from 'tap';
import type { EscapingScheme } from '../../../src/metrics/escape-name.js';
import type { Label, MetricFamily, Sample } from '../../../src/metrics/metric-family.js';
import { compareBytes, sortFamilies } from '../../../src/metrics/sort-families.js';
import { parseText } from '../../../src/metrics/text/parse-text.js';
import { TextParseError } from '../../../src/metrics/text/text-parse-error.js';
import { writeFamilies } from '../../../src/metrics/write-text.js';
import { findPushgateway, NO_PUSHGATEWAY, startRealPushgateway } from '../../helpers/peer.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { textBodies } from './text-bodies.js';

t.setTimeout(500_000);

/** What became of a body. */
type Outcome =
  | { readonly kind: 'stored'; readonly text: string }
  | { readonly kind: 'refused'; readonly message: string }
  /** It was parsed, and refused for what it says. */
  | { readonly kind: 'inconsistent' }
  | { readonly kind: 'crashed' };

/** What the gateway has of its own. */
const OWN = /^(?:# \w+ )?(?:go|process|promhttp|pushgateway|push_time|push_failure_time)_/;

async function pushToPeer(address: string, body: Buffer, escaping: EscapingScheme): Promise<Outcome> {
  let answer;
  try {
    answer = await httpGet(address, '/metrics/job/j', { method: 'PUT', body });
  } catch {
    // A panic of the handler closes the connection.
    return { kind: 'crashed' };
  }
  if (answer.text.startsWith('pushed metrics are invalid')) return { kind: 'inconsistent' };
  if (answer.status !== 200) return { kind: 'refused', message: answer.text };
  const headers = { accept: `text/plain; version=0.0.4; escaping=${escaping}` };
  const { text } = await httpGet(address, '/metrics', { headers });
  const lines = text.split('\n').filter((line) => !OWN.test(line));
  return { kind: 'stored', text: lines.join('\n') };
}

function parse(body: Buffer, names: 'legacy' | 'utf-8'): Outcome {
  try {
    const families = parseText(body, { names }).map(grouped);
    return { kind: 'stored', text: writeFamilies(sortFamilies(families), 'allow-utf-8') };
  } catch (error) {
    if (!(error instanceof TextParseError)) throw error;
    return { kind: 'refused', message: `${error.message}\n` };
  }
}

/** The text as the gateway stores it: with the labels of the group, sorted. */
function grouped(family: MetricFamily): MetricFamily {
  const withGroup = (labels: readonly Label[]): readonly Label[] => {
    const own = labels.filter(({ name }) => name !== 'job');
    const instance = own.some(({ name }) => name === 'instance') ? [] : [{ name: 'instance', value: '' }];
    return [...own, ...instance, { name: 'job', value: 'j' }].sort((a, b) => compareBytes(a.name, b.name));
  };
  return {
    ...family,
    samples: family.samples.map((sample): Sample => ({ ...sample, labels: withGroup(sample.labels) })),
  };
}

/** Why a difference is meant to be; undefined if it is not. */
function meant(body: Buffer, { ours, theirs }: { ours: Outcome; theirs: Outcome }): string | undefined {
  const text = body.toString('latin1');
  // Upstream takes the family of the line before, or crashes where there is none.
  if (/^[ \t]*\{(?![ \t]*(?:"(?:[^"\\\n]|\\.)+"|[a-zA-Z_]\w*)[ \t]*[,}])/m.test(text))
    return 'braces that do not begin with a name';
  if (theirs.kind === 'crashed' && ours.kind === 'refused') return 'a crash';
  // Upstream passes over backslashes where it reads to the end of a line: `unt\\yped` is untyped.
  if (/^[ \t]*#[ \t]*TYPE[^\n]*\\/m.test(text)) return 'a backslash in a type';
  if (ours.kind === 'refused' && /spurious string .*\\/.test(ours.message)) return 'a backslash behind a timestamp';
  // What Go makes of such a float as a whole number is up to the processor.
  if (/summary[^]*_count[^\n]*[ }](?:-|NaN|\+?Inf|1e3)/i.test(text)) return 'a summary with a count that is none';
  return undefined;
}

/** Pushes every body to a gateway with these flags, and parses it. */
async function compare(t: Test, args: readonly string[], names: 'legacy' | 'utf-8'): Promise<void> {
  const peer = findPushgateway();
  if (peer === undefined) return;
  const service = await startRealPushgateway(peer, args);
  t.teardown(() => service.stop());
  const tally = { stored: 0, refused: 0, inconsistent: 0, crashed: 0 };
  const differences: unknown[] = [];
  for (const body of textBodies({ seed: 20_260_101, count: 1000 })) {
    const theirs = await pushToPeer(service.address, body, 'allow-utf-8');
    const ours = parse(body, names);
    tally[theirs.kind]++;
    const isEqual =
      theirs.kind === 'inconsistent' ? ours.kind === 'stored' : JSON.stringify(theirs) === JSON.stringify(ours);
    if (!isEqual && meant(body, { ours, theirs }) === undefined) {
      differences.push({ body: body.toString('latin1'), theirs, ours });
    }
  }
  t.strictSame(differences, []);
  t.ok(tally.stored > 150 && tally.refused > 400, JSON.stringify(tally));
}

const peer = findPushgateway();
const isCurrent = peer !== undefined && Number(peer.version.split('.')[1]) >= 11;
const skip = isCurrent ? false : NO_PUSHGATEWAY;

t.test('legacy names: what Pushgateway refuses and stores', { skip }, (t) => compare(t, [], 'legacy'));
t.test('UTF-8 names', { skip }, (t) => compare(t, ['--push.enable-utf8-names'], 'utf-8'));
