import { HELLO, type HttpCase } from './http-cases.js';

const WITH_BODY = [{ ...HELLO, options: { withBody: true } }] as const;

/** What the module says of the request. */
export const REQUEST_CASES: readonly HttpCase[] = [
  { name: 'a plain probe' },
  { name: 'HEAD', http: { method: 'HEAD' } },
  { name: 'POST without a body', http: { method: 'POST' } },
  { name: 'PUT without a body', http: { method: 'PUT' } },
  { name: 'DELETE without a body', http: { method: 'DELETE' } },
  { name: 'OPTIONS', http: { method: 'OPTIONS' } },
  { name: 'a method in small letters', http: { method: 'get' } },
  { name: 'a method of its own', http: { method: 'M-SEARCH' } },
  { name: 'a method with a blank', http: { method: 'G T' } },
  { name: 'POST with a body', http: { method: 'POST', body: 'a=1&b=ä' }, origins: WITH_BODY },
  { name: 'GET with a body', http: { body: 'hello' }, origins: WITH_BODY },
  {
    name: 'POST with a body and its own Content-Length',
    http: { method: 'POST', body: 'hello', headers: { 'Content-Length': '3', 'Content-Type': 'text/plain' } },
    origins: WITH_BODY,
  },
  { name: 'POST with a body from a file', http: { method: 'POST', body_file: 'body.txt' }, origins: WITH_BODY },
  { name: 'a body file that does not exist', http: { method: 'POST', body_file: 'missing.txt' } },
  {
    name: 'headers',
    http: { headers: { 'x-first': 'one', 'X-SECOND': 'two words', 'accept-language': 'en-US', 'X-Empty': '' } },
  },
  { name: 'a Host header', http: { headers: { Host: 'sonde.example' } } },
  { name: 'a Host header in small letters with a port', http: { headers: { host: 'sonde.example:8080' } } },
  { name: 'a User-Agent', http: { headers: { 'User-Agent': 'curl/8' } } },
  { name: 'an empty User-Agent', http: { headers: { 'User-Agent': '' } } },
  {
    name: 'a Transfer-Encoding header',
    http: { method: 'POST', body: 'x', headers: { 'Transfer-Encoding': 'chunked' } },
    origins: WITH_BODY,
  },
  { name: 'a Connection header', http: { headers: { Connection: 'keep-alive' } } },
  { name: 'an Accept-Encoding header', http: { headers: { 'Accept-Encoding': 'gzip' }, compression: 'gzip' } },
  { name: 'a header name that cannot be', http: { headers: { 'X Bad': 'one' } } },
  { name: 'a header value that cannot be', http: { headers: { 'X-Bad': 'one\ntwo' } } },
  {
    name: 'http_headers',
    http: {
      http_headers: { 'x-many': { values: ['one', 'two'] }, 'X-Secret': { secrets: ['s'], files: ['secret.txt'] } },
    },
  },
  {
    name: 'http_headers beside headers of the same name',
    http: { headers: { 'X-Both': 'from headers' }, http_headers: { 'X-Both': { values: ['from http_headers'] } } },
  },
  {
    name: 'http_headers from a file that does not exist',
    http: { http_headers: { 'X-A': { files: ['missing.txt'] } } },
  },
  { name: 'the hostname parameter', params: { hostname: 'sonde.example' } },
  {
    name: 'the hostname parameter against a Host header',
    http: { headers: { HOST: 'a.example' } },
    params: { hostname: 'b.example' },
  },
  {
    name: 'the hostname parameter that is the Host header',
    http: { headers: { Host: 'a.example' } },
    params: { hostname: 'a.example' },
  },
  { name: 'basic_auth', http: { basic_auth: { username: 'me', password: 'p:w ä' } } },
  { name: 'basic_auth without a password', http: { basic_auth: { username: 'me' } } },
  { name: 'basic_auth from a file', http: { basic_auth: { username: 'me', password_file: 'secret.txt' } } },
  {
    name: 'basic_auth from a file that does not exist',
    http: { basic_auth: { username: 'me', password_file: 'no.txt' } },
  },
  { name: 'bearer_token', http: { bearer_token: 'token' } },
  { name: 'bearer_token_file', http: { bearer_token_file: 'secret.txt' } },
  { name: 'authorization', http: { authorization: { type: 'Token', credentials: 'abc' } } },
  { name: 'authorization without a type', http: { authorization: { credentials_file: 'secret.txt' } } },
  { name: 'authorization from a file that does not exist', http: { authorization: { credentials_file: 'no.txt' } } },
  {
    name: 'authorization beside an Authorization header',
    http: { headers: { Authorization: 'Own x' }, authorization: { credentials: 'abc' } },
  },
  { name: 'userinfo in the URL', target: 'http://me:p%40w@127.0.0.1:@0/' },
  {
    name: 'userinfo in the URL beside an Authorization header',
    http: { headers: { Authorization: 'Own x' } },
    target: 'http://me:pw@127.0.0.1:@0/',
  },
  {
    name: 'userinfo in the URL beside basic_auth',
    http: { basic_auth: { username: 'b', password: 'c' } },
    target: 'http://me:pw@127.0.0.1:@0/',
  },
];
