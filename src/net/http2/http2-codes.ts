/** Types of frames (RFC 9113 §6). */
export const FRAME = {
  DATA: 0x0,
  HEADERS: 0x1,
  PRIORITY: 0x2,
  RST_STREAM: 0x3,
  SETTINGS: 0x4,
  PUSH_PROMISE: 0x5,
  PING: 0x6,
  GOAWAY: 0x7,
  WINDOW_UPDATE: 0x8,
  CONTINUATION: 0x9,
} as const;

const FRAME_NAMES = Object.keys(FRAME);

/** The name of a frame type, for texts; an unknown type is shown by its number. */
export function frameName(type: number): string {
  return FRAME_NAMES[type] ?? `unknown (0x${type.toString(16)})`;
}

/** The bits of a frame's flags; ACK is for SETTINGS and PING. */
export const FLAG = { ACK: 0x1, END_STREAM: 0x1, END_HEADERS: 0x4, PADDED: 0x8, PRIORITY: 0x20 } as const;

/** Settings (RFC 9113 §6.5.2, RFC 8441 §3). */
export const SETTING = {
  ENABLE_PUSH: 0x2,
  INITIAL_WINDOW_SIZE: 0x4,
  MAX_FRAME_SIZE: 0x5,
  MAX_HEADER_LIST_SIZE: 0x6,
  ENABLE_CONNECT_PROTOCOL: 0x8,
} as const;

/** Error codes (RFC 9113 §7). */
export const CODE = {
  NO_ERROR: 0x0,
  PROTOCOL_ERROR: 0x1,
  INTERNAL_ERROR: 0x2,
  FLOW_CONTROL_ERROR: 0x3,
  SETTINGS_TIMEOUT: 0x4,
  STREAM_CLOSED: 0x5,
  FRAME_SIZE_ERROR: 0x6,
  REFUSED_STREAM: 0x7,
  CANCEL: 0x8,
  COMPRESSION_ERROR: 0x9,
  CONNECT_ERROR: 0xa,
  ENHANCE_YOUR_CALM: 0xb,
  INADEQUATE_SECURITY: 0xc,
  HTTP_1_1_REQUIRED: 0xd,
} as const;

const CODE_NAMES = Object.keys(CODE);

/** Returns the name of an error code (RFC 9113, 7), such as `PROTOCOL_ERROR`. */
export function codeName(code: number): string {
  return CODE_NAMES[code] ?? `unknown error code 0x${code.toString(16)}`;
}

/** The initial flow-control window, in bytes (RFC 9113 §6.5.2, §6.9.2). */
export const DEFAULT_WINDOW_BYTES = 65_535;
/** The largest payload of a frame unless the settings say otherwise (RFC 9113, 4.2). */
export const DEFAULT_FRAME_BYTES = 16_384;
/** The largest payload of a frame that settings can allow (RFC 9113, 4.2). */
export const LARGEST_FRAME_BYTES = 0xff_ffff;
/** No window may become larger (RFC 9113 §6.9.1). */
export const LARGEST_WINDOW_BYTES = 0x7fff_ffff;

/** The one stream of a connection: the first that a client opens. */
export const STREAM = 1;
