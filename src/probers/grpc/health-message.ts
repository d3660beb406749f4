import { ParseMeter, UNLIMITED } from '../../metrics/parse-limits.js';
import { ProtobufReader, VARINT } from '../../metrics/protobuf/protobuf-reader.js';
import { ProtobufWriter } from '../../metrics/protobuf/protobuf-writer.js';

/** The names of grpc.health.v1.HealthCheckResponse.ServingStatus by number. */
export const SERVING_STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;

/** Encodes a grpc.health.v1.HealthCheckRequest. The service is field 1, which proto3 leaves out if it is empty. */
export function encodeHealthRequest(service: string): Uint8Array {
  const message = new ProtobufWriter();
  return (service === '' ? message : message.text(1, service)).bytes();
}

/**
 * Returns the serving status of a grpc.health.v1.HealthCheckResponse: its name, or the digits of an unknown number.
 * Throws ProtobufParseError.
 */
export function decodeHealthResponse(message: Uint8Array): string {
  let status = 0;
  // The message is at most as long as a body may be, so no part of it needs a limit.
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  const reader = ProtobufReader.over(bytes, new ParseMeter(UNLIMITED));
  reader.fields((field, wireType) => {
    if (field !== 1 || wireType !== VARINT) return false;
    status = reader.enumeration();
    return true;
  });
  return SERVING_STATUSES[status] ?? String(status);
}
