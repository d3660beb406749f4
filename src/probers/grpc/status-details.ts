import { ParseMeter, UNLIMITED } from '../../metrics/parse-limits.js';
import {
  LENGTH_DELIMITED,
  ProtobufParseError,
  ProtobufReader,
  VARINT,
} from '../../metrics/protobuf/protobuf-reader.js';

/** The status that `grpc-status-details-bin` repeats. */
export interface StatusDetails {
  readonly code: number;
  readonly message: string;
}

/** Reads a google.rpc.Status; undefined if the bytes are none, which grpc-go passes over. */
export function readStatusDetails(bytes: Buffer): StatusDetails | undefined {
  let [code, message] = [0, ''];
  // A header list is bounded, so no part of it needs a limit.
  const reader = ProtobufReader.over(bytes, new ParseMeter(UNLIMITED));
  try {
    reader.fields((field, wireType) => {
      if (field === 1 && wireType === VARINT) code = reader.enumeration();
      else if (field === 2 && wireType === LENGTH_DELIMITED) message = reader.text();
      else return false;
      return true;
    });
  } catch (error) {
    if (!(error instanceof ProtobufParseError)) throw error;
    return undefined;
  }
  return { code, message };
}
