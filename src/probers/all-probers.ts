import type { Prober } from '../probe/prober.js';
import { grpcProber } from './grpc/grpc-prober.js';
import type { GrpcProberDeps } from './grpc/grpc-prober.js';
import { httpProber } from './http/http-prober.js';
import type { HttpProberDeps } from './http/http-prober.js';

/** What probers need of the world around them. */
export type ProberDeps = HttpProberDeps & GrpcProberDeps;

/** Every prober of this build, in the order in which they are documented. */
export function allProbers(deps: ProberDeps): readonly Prober[] {
  return [httpProber(deps), grpcProber(deps)];
}
