import type { HostileRow } from '../hostile-row.js';
import { BETWEEN } from './between.js';
import { CERTIFICATES } from './certificates.js';
import { CHECKS } from './checks.js';
import { DIALOGUE_ROWS } from './dialogues.js';
import { DNS } from './dns.js';
import { HTTP1_BODIES } from './http1-bodies.js';
import { HTTP1_HEADS } from './http1-heads.js';
import { HTTP2 } from './http2.js';
import { PUSHES } from './pushes.js';
import { RELOADS } from './reloads.js';
import { REQUESTS } from './requests.js';
import { WEBSOCKETS } from './websockets.js';

/** Every hostile input; a file a kind. */
export const ROWS: readonly HostileRow[] = [
  ...CERTIFICATES,
  ...HTTP1_HEADS,
  ...HTTP1_BODIES,
  ...HTTP2,
  ...CHECKS,
  ...WEBSOCKETS,
  ...DNS,
  ...DIALOGUE_ROWS,
  ...BETWEEN,
  ...PUSHES,
  ...REQUESTS,
  ...RELOADS,
];
