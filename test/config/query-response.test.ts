import t from 'tap';
import { ConfigFileError } from '../../src/config/config-problem.js';
import { loadConfig } from '../../src/config/load-config.js';

/** A configuration with these steps, one a line, in YAML's flow style. */
function configOf(steps: readonly string[]): string {
  const lines = steps.map((step) => `        - {${step}}\n`).join('');
  return `modules:\n  m:\n    prober: tcp\n    tcp:\n      query_response:\n${lines}`;
}

async function problemsOf(...steps: readonly string[]): Promise<readonly string[]> {
  try {
    await loadConfig(configOf(steps), 'f.yml', []);
    return [];
  } catch (error) {
    if (error instanceof ConfigFileError) return error.problems;
    throw error;
  }
}

t.test('steps that contradict themselves', async (t) => {
  const rows = [
    ['expect: a, expect_bytes: b', '6:23: …expect_bytes: expect and expect_bytes are mutually exclusive'],
    ['expect: a, expect_bytes: {hex: "00"}', '6:23: …expect_bytes: expect and expect_bytes are mutually exclusive'],
    ['send: a, send_bytes: {hex: "00"}', '6:21: …send_bytes: send and send_bytes are mutually exclusive'],
    ['reject: a', '6:12: …reject: reject needs an expect beside it: it judges what is read while waiting for that'],
    [
      'send_bytes: {hex: "00", base64: "AA=="}',
      '6:36: …send_bytes.base64: at most one of text, hex and base64 must be set',
    ],
    ['send_bytes: {hex: "0"}', '6:25: …send_bytes.hex: this is no hexadecimal; write it as "0d0a ff00"'],
    ['expect_bytes: {base64: "A"}', '6:27: …expect_bytes.base64: this is no base64; write it as "aGVsbG8="'],
    [
      'expect: a, labels: [{name: "", value: b}]',
      '6:33: …labels[0].name: the label name is empty; it must be another one',
    ],
    ['expect: a, labels: [{value: b}]', 'the label name is empty'],
    ['expect: a, labels: [{name: __a, value: b}]', 'begins with __, which is reserved'],
    ['expect: a, labels: [{name: a, value: b}, {name: a, value: c}]', 'the label "a" occurs twice in this step'],
    ['send: a, newline: cr', 'cr'],
    ['send_bytes: {hexa: "00"}', 'did you mean "hex"?'],
  ] as const;
  for (const [step, expected] of rows) {
    const problems = await problemsOf(step);
    t.equal(problems.length, 1, step);
    t.match(problems[0]?.replace('modules.m.tcp.query_response[0].', '…'), expected, step);
  }
});

t.test('steps that upstream takes', async (t) => {
  t.same(
    await problemsOf(
      'expect: a, expect_bytes: ""',
      'expect_bytes: 5',
      'expect_bytes: !!binary /wA=',
      'labels: [{name: ssh-version, value: "é"}]',
      'expect: a, labels: [{name: x}], starttls: true',
      'expect: b, labels: [{name: x}], starttls: true',
      '',
    ),
    [],
  );
});

t.test('are shown as they were written', async (t) => {
  const { render } = await loadConfig(
    configOf([
      'expect_bytes: ab, newline: crlf',
      'send_bytes: {hex: "00 ff"}',
      'expect: a, multiline: true, reject: b',
    ]),
    'f.yml',
    [],
  );
  const shown = [...render()].join('');
  for (const line of [
    '- expect_bytes: ab',
    'newline: crlf',
    '- send_bytes:',
    '  hex: 00 ff',
    'multiline: true',
    'reject: b',
  ]) {
    t.match(shown, line);
  }
  t.notMatch(shown, 'text:');
  t.notMatch(shown, 'multiline: false');
});
