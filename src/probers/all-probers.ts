import type { Prober } from '../probe/prober.js';
import { dnsProber, type DnsProberDeps } from './dns/dns-prober.js';
import { grpcProber, type GrpcProberDeps } from './grpc/grpc-prober.js';
import { httpProber, type HttpProberDeps } from './http/http-prober.js';
import { compileCredentials, compileHttpHeaders } from './http-client/http-credentials.js';
import { icmpProber, type IcmpProberDeps } from './icmp/icmp-prober.js';
import { mysqlProber } from './mysql/mysql-prober.js';
import { nginxProber } from './nginx/nginx-prober.js';
import { postgresProber } from './postgres/postgres-prober.js';
import { redisProber } from './redis/redis-prober.js';
import { tcpProber, type TcpProberDeps } from './tcp/tcp-prober.js';
import { unixProber, type UnixProberDeps } from './unix/unix-prober.js';
import { websocketProber } from './websocket/websocket-prober.js';

/** The dependencies of all probers together. */
export type ProberDeps = HttpProberDeps &
  TcpProberDeps &
  UnixProberDeps &
  DnsProberDeps &
  GrpcProberDeps &
  IcmpProberDeps;

/** Every prober of this build, in the order in which they are documented. */
export function allProbers(deps: ProberDeps): readonly Prober[] {
  return [
    httpProber(deps),
    tcpProber(deps),
    unixProber(deps),
    icmpProber(deps),
    dnsProber(deps),
    grpcProber(deps),
    websocketProber({ ...deps, compileCredentials, compileHeaders: compileHttpHeaders }),
    nginxProber(deps),
    redisProber(deps),
    postgresProber(deps),
    mysqlProber(deps),
  ];
}
