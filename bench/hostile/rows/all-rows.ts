import type { HostileRow } from '../hostile-row.js';
import { BETWEEN } from './between.js';
import { CERTIFICATES } from './certificates.js';
import { CHECKS } from './checks.js';
import { CLIENT_CERTIFICATES } from './client-certificates.js';
import { DIALOGUE_ROWS } from './dialogues.js';
import { DNS } from './dns.js';
import { DNS_CARRIERS } from './dns-carriers.js';
import { HTTP1_BODIES } from './http1-bodies.js';
import { HTTP1_HEADS } from './http1-heads.js';
import { HTTP2 } from './http2.js';
import { MYSQL_SERVER_ROWS } from './mysql-servers.js';
import { POSTGRES_SERVER_ROWS } from './postgres-servers.js';
import { PUSHES } from './pushes.js';
import { REDIS_AND_NGINX } from './redis-servers.js';
import { RELOADS } from './reloads.js';
import { REQUESTS } from './requests.js';
import { TLS_RECORDS } from './tls-records.js';
import { WEBSOCKETS } from './websockets.js';

/** Every hostile input; a file a kind. */
export const ROWS: readonly HostileRow[] = [
  ...CERTIFICATES,
  ...TLS_RECORDS,
  ...CLIENT_CERTIFICATES,
  ...HTTP1_HEADS,
  ...HTTP1_BODIES,
  ...HTTP2,
  ...CHECKS,
  ...WEBSOCKETS,
  ...DNS,
  ...DNS_CARRIERS,
  ...DIALOGUE_ROWS,
  ...REDIS_AND_NGINX,
  ...MYSQL_SERVER_ROWS,
  ...POSTGRES_SERVER_ROWS,
  ...BETWEEN,
  ...PUSHES,
  ...REQUESTS,
  ...RELOADS,
];
