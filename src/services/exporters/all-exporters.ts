import { MYSQL_EXPORTER } from './mysql/mysql-exporter.js';
import { NGINX_EXPORTER } from './nginx/nginx-exporter.js';
import { POSTGRES_EXPORTER } from './postgres/postgres-exporter.js';
import { REDIS_EXPORTER } from './redis/redis-exporter.js';
import type { ServerExporter } from './server-exporter.js';

/** Every exporter of this build. A prober becomes an exporter of the same name by one row here. */
export const ALL_EXPORTERS: readonly ServerExporter[] = [
  REDIS_EXPORTER,
  NGINX_EXPORTER,
  POSTGRES_EXPORTER,
  MYSQL_EXPORTER,
];
