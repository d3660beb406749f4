/** The certificate that the server presented as its own, as `probe_ssl_last_chain_info` shows it. */
export interface LeafCertificate {
  /** 64 lower-case hexadecimal digits over the DER. */
  readonly fingerprintSha256: string;
  /** Hexadecimal magnitude, two digits a byte; "" for zero. */
  readonly serialNumber: string;
  readonly subject: string;
  readonly issuer: string;
  /** The DNS names only, in the order of the certificate, joined by commas. */
  readonly subjectAlternative: string;
}

/** What a TLS handshake showed, whatever the verdict on it. */
export interface TlsFacts {
  /** As Go names it, such as "TLS 1.3"; "unknown" for anything else. */
  readonly version: string;
  /** The IANA name of the cipher suite. */
  readonly cipher: string;
  /** The smallest notAfter of all certificates that were sent, in Unix time. */
  readonly earliestExpirySeconds: number;
  /** Whether the chain and the name verified, also where the module does not care. */
  readonly verified: boolean;
  /** Over all verified chains the largest of each chain's smallest notAfter, in Unix time; absent where no chain verified. */
  readonly lastChainExpirySeconds?: number;
  readonly leaf: LeafCertificate;
  /** The protocol that ALPN settled on. */
  readonly negotiatedProtocol?: string;
}
