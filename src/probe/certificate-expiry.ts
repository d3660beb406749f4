import { gauge } from '../metrics/metric-definition.js';

/** Set by every probe that met certificates; what is remembered of a target takes it from there. */
export const earliestCertificateExpiry = gauge(
  'probe_ssl_earliest_cert_expiry',
  'Returns last SSL chain expiry in unixtime',
);
