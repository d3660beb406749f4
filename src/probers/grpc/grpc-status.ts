import { decodeEscapes } from '../../values/codec/percent-escapes.js';

/** The gRPC status codes that the code uses by name (https://grpc.github.io/grpc/core/md_doc_statuscodes.html). */
export const GRPC = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

/** The names in grpc-go's messages. */
const NAMES = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
] as const;

/** A status as grpc-go reads it: a decimal number of 32 bits, of which a negative one is the large one of its bits. */
const STATUS = /^[+-]?[0-9]{1,64}$/;
const [LEAST, MOST] = [-(2 ** 31), 2 ** 31 - 1];

/** Returns the code that the field `grpc-status` says; undefined if it is malformed. */
export function readGrpcStatus(text: string): number | undefined {
  const code = STATUS.test(text) ? Number(text) : NaN;
  return code >= LEAST && code <= MOST ? code >>> 0 : undefined;
}

/** Returns the name of a status code as grpc-go writes it; `Code(99)` for an unknown one. */
export function grpcStatusName(code: number): string {
  return NAMES[code] ?? `Code(${code})`;
}

const CODE_OF_HTTP_STATUS: ReadonlyMap<number, number> = new Map([
  [400, GRPC.INTERNAL],
  [401, GRPC.UNAUTHENTICATED],
  [403, GRPC.PERMISSION_DENIED],
  [404, GRPC.UNIMPLEMENTED],
  [429, GRPC.UNAVAILABLE],
  [502, GRPC.UNAVAILABLE],
  [503, GRPC.UNAVAILABLE],
  [504, GRPC.UNAVAILABLE],
]);

/** Returns the status code for an HTTP answer that is not gRPC (gRPC's "HTTP to gRPC Status Code Mapping"). */
export function codeOfHttpStatus(status: number): number {
  return CODE_OF_HTTP_STATUS.get(status) ?? GRPC.UNKNOWN;
}

/** The HTTP/2 error codes (RFC 9113, section 7) whose status is not INTERNAL in grpc-go. */
const CODE_OF_RESET: ReadonlyMap<number, number> = new Map([
  [0x3, GRPC.RESOURCE_EXHAUSTED],
  [0x7, GRPC.UNAVAILABLE],
  [0x8, GRPC.CANCELLED],
  [0xb, GRPC.RESOURCE_EXHAUSTED],
  [0xc, GRPC.PERMISSION_DENIED],
]);

/** Returns the status code for a stream that the peer reset. */
export function codeOfReset(errorCode: number): number {
  return CODE_OF_RESET.get(errorCode) ?? (errorCode > 0xd ? GRPC.UNKNOWN : GRPC.INTERNAL);
}

/** Decodes the percent-encoding of `grpc-message`. Invalid escapes stay unchanged. */
export function decodeGrpcMessage(message: string): string {
  return message.includes('%') ? decodeEscapes(Buffer.from(message, 'latin1')).toString('utf8') : message;
}
