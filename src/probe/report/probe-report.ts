import type { FailureReason, Phase } from '../failure.js';
import type { Fields } from '../fields.js';
import type { LogLevel } from '../probe-log.js';

/** How long one phase of one hop took. */
export interface PhaseReport {
  readonly phase: Phase;
  readonly seconds: number;
  /** Whether the probe failed in it. */
  readonly failed: boolean;
}

/** One certificate that the server sent. */
export interface CertificateReport {
  readonly subject: string;
  readonly issuer: string;
  /** DNS names and addresses that it is for, the first of them. */
  readonly names: readonly string[];
  /** How many further ones there are; absent if there are none. */
  readonly moreNames?: number;
  /** RFC 3339, in UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** Whole days until notAfter; negative once that has passed. */
  readonly daysLeft: number;
  /** The mistakes of the certificate in words; empty if there are none. */
  readonly problems: readonly string[];
}

/** The result of a TLS handshake. */
export interface TlsReport {
  /** The host name that the certificate was verified against. */
  readonly serverName: string;
  readonly version: string;
  readonly cipher: string;
  readonly applicationProtocol?: string;
  readonly verified: boolean;
  /** Why the chain did not verify, also where the module does not care. */
  readonly problem?: string;
  /** The certificates in the order in which they were sent, the server's own first; of many the first ones. */
  readonly certificates: readonly CertificateReport[];
}

/** One request, or dialogue, on a connection of its own. */
export interface HopReport {
  /** A URL, or host and port. */
  readonly to: string;
  /** The address that was dialled, with its port where there is one; absent if the probe did not come that far. */
  readonly address?: string;
  /** In the order in which they were entered. */
  readonly phases: readonly PhaseReport[];
  readonly tls?: TlsReport;
  /** The status of an HTTP answer. */
  readonly status?: number;
}

/** One expectation of the module. */
export interface CheckReport {
  readonly expects: string;
  readonly verdict: 'passed' | 'failed' | 'not_reached';
}

/** The beginning of what the checks looked at. */
export interface ExcerptReport {
  readonly of: 'body' | 'received' | 'records';
  /** Control characters shown, secrets masked. */
  readonly text: string;
  /** Whether there was more. */
  readonly isCut: boolean;
}

/** The course of a probe as plain data of bounded size. */
export interface ProbeTrace {
  readonly hops: readonly HopReport[];
  readonly checks: readonly CheckReport[];
  /** Status line and headers of the last HTTP answer, secrets masked. */
  readonly head?: string;
  readonly excerpt?: ExcerptReport;
}

/** Why a probe failed. */
export interface FailureReport {
  readonly phase: Phase;
  readonly reason: FailureReason;
  readonly message: string;
  readonly fields: Fields;
  /** The meaning of the failure reason. */
  readonly explanation: string;
  /** The next step for the user. */
  readonly advice: string;
}

/** One log line of a probe. */
export interface LogLineReport {
  readonly time: string;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Fields;
}

/** Everything that is known of one probe: `schemas/probe-report.json` describes its JSON. */
export interface ProbeReport extends ProbeTrace {
  /** Raised when a key changes its meaning or goes; new keys do not raise it. */
  readonly version: 1;
  readonly target: string;
  readonly module: string;
  /** When the probe began: RFC 3339, in UTC. */
  readonly time: string;
  readonly success: boolean;
  readonly durationSeconds: number;
  /** How late the event loop was meanwhile, where that was measured. */
  readonly uncertaintySeconds?: number;
  /** Absent if the probe succeeded. */
  readonly failure?: FailureReport;
  readonly log: readonly LogLineReport[];
  /** The text exposition. */
  readonly metrics: string;
  /** The module as YAML, defaults included and secrets masked. */
  readonly moduleConfig: string;
}
