import * as grpc from '@grpc/grpc-js';

interface HealthRequest {
  readonly service: string;
}

interface HealthResponse {
  readonly serving: number;
}

/** What a health service answers: a serving status, or a gRPC status that is an error. */
export type HealthScript = (service: string) => HealthResponse | { readonly code: number; readonly details: string };

export interface GrpcCallSeen {
  readonly service: string;
  readonly authority: string;
  readonly metadata: Readonly<Record<string, readonly (string | Buffer)[]>>;
}

export interface GrpcServer {
  readonly port: number;
  readonly calls: GrpcCallSeen[];
  readonly close: () => void;
}

export interface GrpcServerOptions {
  /** Absent: plain text. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string };
  readonly host?: string;
  readonly script?: HealthScript;
}

/** A server of @grpc/grpc-js with a health service whose answers are up to `script`; SERVING where there is none. */
export async function startGrpcServer({
  tls,
  host = '127.0.0.1',
  script,
}: GrpcServerOptions = {}): Promise<GrpcServer> {
  const server = new grpc.Server();
  const calls: GrpcCallSeen[] = [];
  server.addService(HEALTH, {
    check: (call: grpc.ServerUnaryCall<HealthRequest, HealthResponse>, answer: grpc.sendUnaryData<HealthResponse>) => {
      const { service } = call.request;
      const names = Object.keys(call.metadata.getMap());
      const metadata = Object.fromEntries(names.map((name) => [name, call.metadata.get(name)]));
      calls.push({ service, authority: call.getHost(), metadata });
      const said = script?.(service) ?? { serving: 1 };
      if ('serving' in said) answer(null, said);
      else answer(said);
    },
  });
  const port = await listen(server, `${host.includes(':') ? `[${host}]` : host}:0`, credentialsOf(tls));
  return {
    port,
    calls,
    close: () => {
      server.forceShutdown();
    },
  };
}

/** Binds a server of @grpc/grpc-js. */
export function listen(server: grpc.Server, address: string, credentials: grpc.ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}

function credentialsOf(tls: GrpcServerOptions['tls']): grpc.ServerCredentials {
  if (tls === undefined) return grpc.ServerCredentials.createInsecure();
  const pair = { cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) };
  const clientCa = tls.clientCa === undefined ? null : Buffer.from(tls.clientCa);
  return grpc.ServerCredentials.createSsl(clientCa, [pair], clientCa !== null);
}

/** grpc.health.v1.Health with messages that are short enough to be read and written by hand. */
const HEALTH: grpc.ServiceDefinition = {
  check: {
    path: '/grpc.health.v1.Health/Check',
    requestStream: false,
    responseStream: false,
    requestSerialize: () => Buffer.alloc(0),
    // An object, since the library takes what is falsy for a missing message.
    requestDeserialize: (bytes: Buffer): HealthRequest => ({ service: bytes.subarray(2).toString() }),
    responseSerialize: ({ serving }: HealthResponse) => (serving === 0 ? Buffer.alloc(0) : Buffer.of(8, serving)),
    responseDeserialize: (bytes: Buffer): HealthResponse => ({ serving: bytes[1] ?? 0 }),
  },
};
