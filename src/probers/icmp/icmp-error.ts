import type { FailureReason } from '../../probe/failure.js';

/** An ICMP error that came for a request of ours. */
export interface IcmpError {
  readonly family: 4 | 6;
  readonly type: number;
  readonly code: number;
  /** The router or host that sent it; "" if the kernel does not know. */
  readonly offender: string;
  /** The largest packet that would have gone through, where that is what was wrong. */
  readonly mtu?: number;
}

interface Meaning {
  readonly reason: FailureReason;
  readonly text: string;
}

/** RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1; by type and code. */
const IPV4_MEANINGS: ReadonlyMap<string, Meaning> = new Map(
  Object.entries<Meaning>({
    '3/0': { reason: 'network_unreachable', text: 'destination network unreachable' },
    '3/1': { reason: 'host_unreachable', text: 'destination host unreachable' },
    '3/2': { reason: 'icmp_error', text: 'protocol unreachable' },
    '3/3': { reason: 'icmp_error', text: 'port unreachable' },
    '3/4': { reason: 'packet_too_big', text: 'fragmentation needed, but DF is set' },
    '3/6': { reason: 'network_unreachable', text: 'destination network unknown' },
    '3/7': { reason: 'host_unreachable', text: 'destination host unknown' },
    '3/9': { reason: 'icmp_prohibited', text: 'network administratively prohibited' },
    '3/10': { reason: 'icmp_prohibited', text: 'host administratively prohibited' },
    '3/11': { reason: 'network_unreachable', text: 'network unreachable for this type of service' },
    '3/12': { reason: 'host_unreachable', text: 'host unreachable for this type of service' },
    '3/13': { reason: 'icmp_prohibited', text: 'communication administratively prohibited' },
    '11/0': { reason: 'ttl_exceeded', text: 'time to live exceeded in transit' },
    '11/1': { reason: 'icmp_error', text: 'fragment reassembly time exceeded' },
  }),
);

/** RFC 4443 §3. */
const IPV6_MEANINGS: ReadonlyMap<string, Meaning> = new Map(
  Object.entries<Meaning>({
    '1/0': { reason: 'network_unreachable', text: 'no route to destination' },
    '1/1': { reason: 'icmp_prohibited', text: 'communication administratively prohibited' },
    '1/2': { reason: 'network_unreachable', text: 'beyond scope of source address' },
    '1/3': { reason: 'host_unreachable', text: 'address unreachable' },
    '1/4': { reason: 'icmp_error', text: 'port unreachable' },
    '1/5': { reason: 'icmp_prohibited', text: 'source address failed ingress/egress policy' },
    '1/6': { reason: 'icmp_prohibited', text: 'reject route to destination' },
    '2/0': { reason: 'packet_too_big', text: 'packet too big' },
    '3/0': { reason: 'ttl_exceeded', text: 'hop limit exceeded in transit' },
    '3/1': { reason: 'icmp_error', text: 'fragment reassembly time exceeded' },
  }),
);

/** The failure reason and text of an ICMP error. */
export function meaningOf({ family, type, code }: IcmpError): Meaning {
  const known = (family === 4 ? IPV4_MEANINGS : IPV6_MEANINGS).get(`${type}/${code}`);
  return known ?? { reason: 'icmp_error', text: `ICMP error of type ${type}, code ${code}` };
}
