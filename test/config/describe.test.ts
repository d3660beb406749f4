import { readFileSync } from 'node:fs';
import t from 'tap';
import { loadConfig } from '../../src/config/load-config.js';

const read = (path: string): string => readFileSync(new URL(`../../../test/${path}`, import.meta.url), 'utf8');

// The golden pages are blackbox_exporter 0.28's, but for: the websocket block (newer), masked Authorization headers,
// masked token_url password.
t.test('/config and debug output are written as upstream writes them', async (t) => {
  const config = await loadConfig(read('fixtures/describe.yml'), 'describe.yml', []);
  t.equal([...config.render()].join(''), read('golden/config-page.yml'));
  t.equal(config.modules.get('full')?.describe(), read('golden/module-description.yml'));
  t.equal(config.modules.get('nul')?.describe(), '{}\n');
});

t.test('no secret is shown', async (t) => {
  const yaml = `
modules:
  m:
    prober: http
    http:
      basic_auth: {username: u, password: hidden1}
      proxy_url: http://u:hidden2@h
      proxy_connect_header: {A: [hidden3]}
      http_headers: {X: {secrets: [hidden4]}}
      headers: {authorization: hidden5, Cookie: hidden6}
      tls_config: {cert: c, key: hidden7}
  o:
    prober: http
    http:
      oauth2: {client_id: i, client_secret: hidden8, client_certificate_key: hidden9, token_url: 'http://u:hidden10@h'}
  b: {prober: http, http: {bearer_token: hidden11}}
  a: {prober: websocket, websocket: {http_config: {authorization: {credentials: hidden12}}, headers: {Cookie: {secrets: [hidden13]}}}}
  g: {prober: grpc, grpc: {metadata: {Authorization: [hidden14]}}}
  p: {prober: http, http: {oauth2: {client_id: i, token_url: 'http://h', endpoint_params: {password: hidden15, client_assertion: hidden16}}}}
  w: {prober: websocket, websocket: {headers: {Cookie: {values: [hidden17]}, Authorization: hidden18}, query_response: [{send: AUTH hidden19}]}}
  h: {prober: http, http: {http_headers: {Cookie: {values: [hidden20]}}}}
  t: {prober: tcp, tcp: {query_response: [{send: "USER u\\r\\nPASS hidden21"}]}}
`;
  const config = await loadConfig(yaml, 'f.yml', []);
  t.notMatch([...config.render()].join(''), /hidden/);
  for (const module of config.modules.values()) t.notMatch(module.describe(), /hidden/);
  t.match([...config.render()].join(''), 'proxy_url: http://u:xxxxx@h\n');
});

t.test('headers that carry credentials are masked by their names, others are shown', async (t) => {
  const secret = ['X-Api-Key', 'X-API-KEY', 'Api_Key', 'X-Auth-Token', 'PRIVATE-TOKEN', 'Session', 'X-Amz-Signature'];
  const plain = ['X-Keyboard', 'X-Authority', 'Accept', 'X-Tokens-Left', 'Host'];
  const headers = [...secret.map((name) => `${name}: hidden`), ...plain.map((name) => `${name}: shown`)].join(', ');
  for (const yaml of [
    `modules: {m: {prober: http, http: {headers: {${headers}}}}}`,
    `modules: {m: {prober: websocket, websocket: {headers: {${headers}}}}}`,
  ]) {
    const page = [...(await loadConfig(yaml, 'f.yml', [])).render()].join('');
    t.notMatch(page, 'hidden', yaml);
    t.equal(page.match(/shown/g)?.length, plain.length, yaml);
  }
});

t.test('zero and empty texts have a place in lists', async (t) => {
  const yaml = 'modules: {m: {prober: http, http: {valid_status_codes: [0, 200], valid_http_versions: [""]}}}';
  const page = [...(await loadConfig(yaml, 'f.yml', [])).render()].join('');
  t.match(page, /valid_status_codes:\n +- 0\n +- 200\n +valid_http_versions:\n +- ""\n/);
});

t.test('an empty configuration has a page', async (t) => {
  t.equal([...(await loadConfig('modules:', 'f.yml', [])).render()].join(''), 'modules: {}\n');
});

t.test('what is empty has no secret', async (t) => {
  const yaml = 'modules: {a: {prober: grpc, grpc: {metadata: {authorization: [], token: [hidden]}}}}';
  const text = [...(await loadConfig(yaml, 'f.yml', [])).render()].join('');
  t.match(text, /authorization: \[\]/);
  t.match(text, /token:\n *- <secret>/);
});
