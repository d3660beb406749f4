/**
 * Go's error for a port that speaks plain HTTP and was asked over TLS. It comes from net/http, so it is for servers and
 * not for proxies.
 */
export const GAVE_PLAIN_HTTP = 'http: server gave HTTP response to HTTPS client';
