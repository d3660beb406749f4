import { gauge } from '../metrics/metric-definition.js';

/** Every probe that received certificates sets it; the state of a target takes the expiry from it. */
export const earliestCertificateExpiry = gauge(
  'probe_ssl_earliest_cert_expiry',
  'Returns last SSL chain expiry in unixtime',
);
