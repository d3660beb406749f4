import { HttpError } from '../../../http/answers/http-reply.js';
import type { QueryParameters } from '../../../http/routes/query-parameters.js';
import type { NamedTarget } from '../server-exporter.js';

/** Reads the query of `/probe`, in postgres_exporter's words. */
export function readProbeQuery(query: QueryParameters): NamedTarget {
  const target = query.get('target') ?? '';
  if (target === '') throw new HttpError(400, 'target is required');
  const login = query.get('auth_module') ?? '';
  return { target, ...(login !== '' && { login }) };
}
