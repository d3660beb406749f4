// The certificates that targets present, also those that do not verify.
import { dashboard } from './frame.mjs';
import { barGauge, stat, timeseries } from './panels.mjs';
import { EXPIRY, FAILED_IF_ANY, probeVariables, REASONS, select, TARGET, toTarget, YES_OR_NO } from './probes.mjs';
import { table } from './table.mjs';

const remaining = `${select('probe_ssl_earliest_cert_expiry')} - time()`;

const now = [
  stat({
    title: 'Targets with certificates',
    description: 'Targets that presented a certificate to the last probe, whatever became of it.',
    unit: 'none',
    queries: [[`count(${select('probe_ssl_earliest_cert_expiry')})`]],
  }),
  stat({
    title: 'Expired',
    description: 'Targets that present a certificate that has expired.',
    unit: 'none',
    queries: [[`count(${remaining} <= 0) or vector(0)`]],
    thresholds: FAILED_IF_ANY,
  }),
  stat({
    title: 'Within 14 days',
    description: 'Targets with a certificate that expires within 14 days.',
    unit: 'none',
    queries: [[`count((${remaining} > 0) < 14 * 86400) or vector(0)`]],
    thresholds: FAILED_IF_ANY,
  }),
  stat({
    title: 'Not verified',
    description:
      'Targets whose chain or name did not verify, also where the module lets that pass (insecure_skip_verify).',
    unit: 'none',
    queries: [[`count(${select('probe_ssl_verified')} == 0) or vector(0)`]],
    thresholds: FAILED_IF_ANY,
  }),
  stat({
    title: 'Next to expire',
    description: 'The least time that a certificate of a target has left; negative once it has expired.',
    unit: 's',
    width: 8,
    queries: [[`min(${remaining})`]],
    thresholds: EXPIRY,
  }),
];

const CERTIFICATE = `${TARGET}, subject, issuer, subjectalternative, serialnumber`;
/** A value of the target beside the certificate, so that all queries of the table have the same labels. */
const beside = (value) =>
  `max by (${CERTIFICATE}) (${select('probe_ssl_last_chain_info')} * on (${TARGET}) group_left () (${value}))`;

const list = table({
  title: 'Certificates',
  description:
    "The server's own certificate of each target, the time until the first certificate of its chain expires, and whether chain and name verified.",
  unit: 'none',
  height: 12,
  queries: [
    [beside(`min by (${TARGET}) (${select('probe_ssl_earliest_cert_expiry')}) - time()`)],
    [beside(`min by (${TARGET}) (${select('probe_ssl_verified')})`)],
  ],
  columns: [
    ['instance', { title: 'Target', link: toTarget, width: 320 }],
    [0, { title: 'Expires in', unit: 's', thresholds: EXPIRY, width: 120 }],
    [1, { title: 'Verified', mappings: YES_OR_NO, width: 90 }],
    ['subject', { title: 'Subject' }],
    ['subjectalternative', { title: 'Names' }],
    ['issuer', { title: 'Issuer' }],
    ['serialnumber', { title: 'Serial number' }],
    ['module', { title: 'Module', width: 140 }],
    ['job', { title: 'Job', width: 140 }],
  ],
  sortBy: ['Expires in', 'asc'],
});

const refused = table({
  title: 'Probes that fail because of TLS',
  description: 'Targets whose last probe failed in the handshake or because of the certificate, with the reason.',
  unit: 'none',
  noValue: 'none',
  height: 8,
  queries: [
    [
      `max by (${TARGET}, reason) (${select('probe_failure_info', ', phase="tls"')} * on (${TARGET}) group_left () max by (${TARGET}) (${select('probe_duration_seconds')}))`,
    ],
  ],
  columns: [
    ['instance', { title: 'Target', link: toTarget, width: 320 }],
    ['reason', { title: 'Reason', mappings: REASONS }],
    [0, { title: 'Probe took', unit: 's', width: 120 }],
    ['module', { title: 'Module', width: 160 }],
    ['job', { title: 'Job', width: 160 }],
  ],
});

const soonest = barGauge({
  title: 'Next to expire',
  description: 'The fifteen targets whose certificates have the least time left.',
  unit: 's',
  height: 10,
  queries: [[`sort(bottomk(15, min by (${TARGET}) (${remaining})))`, '{{instance}} {{module}}']],
  thresholds: EXPIRY,
});

const overTime = timeseries({
  title: 'Time left',
  description: 'Of the ten that expire first: a line that falls is a certificate that grows old, a jump is a renewal.',
  unit: 's',
  height: 10,
  min: undefined,
  queries: [
    [
      `min by (${TARGET}) (${remaining}) and on (${TARGET}) bottomk(10, min by (${TARGET}) (${select('probe_ssl_earliest_cert_expiry')} @ end()))`,
      '{{instance}} {{module}}',
    ],
  ],
});

const chains = table({
  title: 'Chains that outlive or undercut their certificates',
  description:
    'Where the chain that verified expires at another time than the first of all certificates presented: a superfluous or cross-signed certificate that the server still sends is older than what clients need.',
  unit: 'none',
  noValue: 'none',
  height: 8,
  queries: [
    [
      `min by (${TARGET}) (${select('probe_ssl_last_chain_expiry_timestamp_seconds')} != ${select('probe_ssl_earliest_cert_expiry')}) - time()`,
    ],
    [
      `min by (${TARGET}) (${select('probe_ssl_earliest_cert_expiry')} != ${select('probe_ssl_last_chain_expiry_timestamp_seconds')}) - time()`,
    ],
  ],
  columns: [
    ['instance', { title: 'Target', link: toTarget, width: 360 }],
    [0, { title: 'Chain expires in', unit: 's', thresholds: EXPIRY }],
    [1, { title: 'First certificate expires in', unit: 's', thresholds: EXPIRY }],
    ['module', { title: 'Module' }],
    ['job', { title: 'Job' }],
  ],
});

const renewed = barGauge({
  title: 'Renewed in the time range',
  description: 'Targets that presented more than one certificate of their own, by the number of changes.',
  unit: 'none',
  noValue: 'none',
  queries: [
    [
      `topk(15, count by (${TARGET}) (last_over_time(${select('probe_ssl_last_chain_info')}[$__range])) - 1 > 0)`,
      '{{instance}} {{module}}',
    ],
  ],
});

const versions = barGauge({
  title: 'TLS versions',
  description: 'Targets by the version that the handshake settled on.',
  unit: 'none',
  width: 6,
  queries: [[`count by (version) (${select('probe_tls_version_info')})`, '{{version}}']],
});

const ciphers = barGauge({
  title: 'Ciphers',
  description: 'Targets by the cipher that the handshake settled on; modules of the tcp prober have none.',
  unit: 'none',
  width: 6,
  queries: [[`count by (cipher) (${select('probe_tls_cipher_info')})`, '{{cipher}}']],
});

export const certificates = dashboard({
  uid: 'sonde-certificates',
  description: 'Certificates that targets present: when they expire, whether they verify, and who issued them.',
  variables: probeVariables,
  rows: [
    { title: 'Now', panels: [...now, list, refused] },
    { title: 'Expiry', panels: [soonest, overTime, chains] },
    { title: 'Renewals, versions and ciphers', panels: [renewed, versions, ciphers] },
  ],
});
