import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import t from 'tap';
import { NOT_NOTED } from '../../../src/probe/used-secrets.js';
import { compileCredentials, compileHttpHeaders } from '../../../src/probers/http-client/http-credentials.js';
import type { RawAuthorization, RawBasicAuth } from '../../../src/values/raw-config.js';

const user = { signal: new AbortController().signal, secrets: NOT_NOTED };

const NO_BASIC: RawBasicAuth = {
  ...{ username: '', username_file: '', username_ref: '' },
  ...{ password: '', password_file: '', password_ref: '' },
};
const NO_AUTHORIZATION: RawAuthorization = {
  type: 'Bearer',
  credentials: '',
  credentials_file: '',
  credentials_ref: '',
};
const NONE = { bearer_token: '', bearer_token_file: '' };

function basic(raw: Partial<RawBasicAuth>) {
  return { ...NONE, basic_auth: { ...NO_BASIC, ...raw } };
}

function authorization(raw: Partial<RawAuthorization>) {
  return { ...NONE, authorization: { ...NO_AUTHORIZATION, ...raw } };
}

function base64(text: string): string {
  return `Basic ${Buffer.from(text, 'utf8').toString('base64')}`;
}

t.equal(compileCredentials(NONE), undefined, 'most modules have no credentials');

t.test('the Authorization header', async (t) => {
  const dir = t.testdir({ user: ' ann \n', password: 's3cret\n', lines: 'a\nb\n' });
  const file = (name: string): string => join(dir, name);
  const rows = [
    { name: 'basic_auth', raw: basic({ username: 'u', password: 'p' }), header: base64('u:p') },
    {
      name: 'white space in the text counts',
      raw: basic({ username: ' u:x ', password: ' p ' }),
      header: base64(' u:x : p '),
    },
    { name: 'UTF-8', raw: basic({ username: 'ü', password: '€' }), header: base64('ü:€') },
    { name: 'an empty block', raw: basic({}), header: base64(':') },
    {
      name: 'files',
      raw: basic({ username_file: file('user'), password_file: file('password') }),
      header: base64('ann:s3cret'),
    },
    { name: 'a password of several lines', raw: basic({ password_file: file('lines') }), header: base64(':a\nb') },
    { name: 'authorization', raw: authorization({ credentials: 'abc' }), header: 'Bearer abc' },
    { name: 'another type', raw: authorization({ type: ' Token ', credentials: ' abc' }), header: 'Token  abc' },
    { name: 'an empty type', raw: authorization({ type: '', credentials: 'abc' }), header: 'Bearer abc' },
    { name: 'no credentials', raw: authorization({}), header: 'Bearer ' },
    { name: 'credentials_file', raw: authorization({ credentials_file: file('password') }), header: 'Bearer s3cret' },
    { name: 'bearer_token', raw: { ...NONE, bearer_token: 'tok' }, header: 'Bearer tok' },
    { name: 'bearer_token_file', raw: { ...NONE, bearer_token_file: file('password') }, header: 'Bearer s3cret' },
  ];
  for (const { name, raw, header } of rows) {
    const credentials = compileCredentials(raw);
    t.equal(await credentials?.header(user), header, name);
    t.notMatch(inspect(credentials, { depth: 9 }), /s3cret|abc|tok\b/, `${name}: not to be seen`);
  }
});

t.test('a file is read anew each time', async (t) => {
  const path = join(t.testdir({ token: 'one' }), 'token');
  const credentials = compileCredentials({ ...NONE, bearer_token_file: path });
  t.equal(await credentials?.header(user), 'Bearer one');
  writeFileSync(path, 'two');
  t.equal(await credentials?.header(user), 'Bearer two');
});

t.test('credentials that cannot be had', async (t) => {
  const lines = join(t.testdir({ lines: 'a\nX-Evil: b' }), 'lines');
  const request = 'Error for HTTP request';
  const client = 'Error generating HTTP client';
  const gone = 'unable to read file /nope: open /nope: no such file or directory';
  const rows = [
    {
      name: 'username_file',
      raw: basic({ username_file: '/nope', password_file: '/nope' }),
      reason: 'file_unreadable',
      message: request,
      err: `unable to read basic auth username: ${gone}`,
    },
    {
      name: 'password_file',
      raw: basic({ password_file: '/nope' }),
      reason: 'file_unreadable',
      message: request,
      err: `unable to read basic auth password: ${gone}`,
    },
    {
      name: 'credentials_file',
      raw: authorization({ credentials_file: '/nope' }),
      reason: 'file_unreadable',
      message: request,
      err: `unable to read authorization credentials: ${gone}`,
    },
    {
      name: 'username_ref',
      raw: basic({ username_ref: 'x' }),
      reason: 'secret_ref_unsupported',
      message: client,
      err: 'unable to use username: cannot use secret ref without manager',
    },
    {
      name: 'password_ref',
      raw: basic({ password_ref: 'x' }),
      reason: 'secret_ref_unsupported',
      message: client,
      err: 'unable to use password: cannot use secret ref without manager',
    },
    {
      name: 'credentials_ref',
      raw: authorization({ credentials_ref: 'x' }),
      reason: 'secret_ref_unsupported',
      message: client,
      err: 'unable to use credentials: cannot use secret ref without manager',
    },
    {
      name: 'a token of several lines',
      raw: { ...NONE, bearer_token_file: lines },
      reason: 'invalid_request',
      message: request,
      err: `net/http: invalid header field value for "Authorization" (from the file ${lines})`,
    },
    {
      name: 'credentials of several lines, without a file',
      raw: authorization({ credentials: 'a\nb' }),
      reason: 'invalid_request',
      message: request,
      err: 'net/http: invalid header field value for "Authorization"',
    },
  ];
  for (const { name, raw, reason, message, err } of rows) {
    const header = compileCredentials(raw)?.header(user);
    await t.rejects(Promise.resolve(header), { phase: 'setup', reason, message, fields: { err } }, name);
  }
});

t.test('http_headers', async (t) => {
  const dir = t.testdir({ a: ' from file\n', lines: 'a\nb' });
  const none = { values: [], secrets: [], files: [] };
  const headers = compileHttpHeaders({
    'x-a': { files: [join(dir, 'a')], secrets: ['hidden'], values: ['1', '2'] },
    'X-B': { ...none, values: [''] },
    'x c': { ...none, values: ['kept as it is'] },
  });
  t.strictSame(await headers.headers(user), [
    ['X-A', '1'],
    ['X-A', '2'],
    ['X-A', 'hidden'],
    ['X-A', 'from file'],
    ['X-B', ''],
    ['x c', 'kept as it is'],
  ]);
  t.notMatch(inspect(headers, { depth: 9 }), /hidden/);
  await t.rejects(compileHttpHeaders({ 'x-a': { ...none, files: ['/nope'] } }).headers(user), {
    name: 'ProbeFailure',
    reason: 'file_unreadable',
    fields: { err: 'unable to read headers file /nope: open /nope: no such file or directory' },
  });
  await t.rejects(compileHttpHeaders({ 'x-a': { ...none, files: [join(dir, 'lines')] } }).headers(user), {
    name: 'ProbeFailure',
    reason: 'invalid_request',
    fields: { err: `net/http: invalid header field value for "X-A" (from the file ${join(dir, 'lines')})` },
  });
});
