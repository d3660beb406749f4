/** Go's words for a port of plain HTTP that was asked over TLS: of net/http alone, for a server and not for a proxy. */
export const GAVE_PLAIN_HTTP = 'http: server gave HTTP response to HTTPS client';
