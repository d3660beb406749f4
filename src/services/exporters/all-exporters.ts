import { NGINX_EXPORTER } from './nginx/nginx-exporter.js';
import { POSTGRES_EXPORTER } from './postgres/postgres-exporter.js';
import { REDIS_EXPORTER } from './redis/redis-exporter.js';
import type { ServerExporter } from './server-exporter.js';

/** Every exporter of this build. What the prober of the same name can ask needs one row here. */
export const ALL_EXPORTERS: readonly ServerExporter[] = [REDIS_EXPORTER, NGINX_EXPORTER, POSTGRES_EXPORTER];
