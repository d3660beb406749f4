import tls from 'node:tls';

/**
 * The cipher suites, for OpenSSL, in the order in which Go's client prefers them: a server that leaves the choice to
 * the client, as nginx does, settles on the suite that it settles on with upstream, and over TLS 1.2 on a certificate
 * of the same kind. Behind them what else Node offers; no RSA key exchange and no 3DES, as Go, and none of
 * Diffie-Hellman over numbers, which Go does not know: the server chooses how long they are, and with 8192 bits OpenSSL
 * takes 0.2 s in one call.
 */
export const OFFERED_SUITES = [
  ...['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
  ...['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ...['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ...['ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ...['ECDHE-ECDSA-AES128-SHA', 'ECDHE-RSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA', 'ECDHE-RSA-AES256-SHA'],
  ...tls.DEFAULT_CIPHERS.split(':').filter((suite) => !suite.startsWith('TLS_')),
  ...['!kRSA', '!kDHE', '!3DES'],
].join(':');

/**
 * The groups of a key exchange that upstream offers, with a key of the first. Node 24 by itself adds a key of ML-KEM,
 * which upstream does not send: it costs 0.1 ms, and makes a hello of 1.5 KiB, which takes two packets.
 */
export const OFFERED_GROUPS = 'X25519:P-256:P-384:P-521';

/**
 * The signature algorithms in Go's order, by which a server with several certificates chooses one over TLS 1.3. Those
 * that only Node offers stand between them.
 */
export const OFFERED_SIGNATURES = [
  ...['rsa_pss_rsae_sha256', 'ecdsa_secp256r1_sha256', 'ed25519', 'rsa_pss_rsae_sha384', 'rsa_pss_rsae_sha512'],
  ...['rsa_pkcs1_sha256', 'rsa_pkcs1_sha384', 'rsa_pkcs1_sha512', 'ecdsa_secp384r1_sha384', 'ecdsa_secp521r1_sha512'],
  ...['rsa_pss_pss_sha256', 'rsa_pss_pss_sha384', 'rsa_pss_pss_sha512', 'ed448'],
  ...['RSA+SHA1', 'ECDSA+SHA1'],
].join(':');
