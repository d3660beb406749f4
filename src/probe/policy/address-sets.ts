import { type AddressBlock, parseAddressBlock } from './address-block.js';

/** The blocks of the sets that a policy may name. */
export const ADDRESS_SETS = {
  /** This host: also the unspecified addresses, which Linux connects to itself. */
  loopback: ['127.0.0.0/8', '0.0.0.0/8', '::1', '::'],
  /** RFC 1918, shared address space (RFC 6598), unique local (RFC 4193) and the former site-local addresses. */
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7', 'fec0::/10'],
  /** RFC 3927 and RFC 4291; also multicast and broadcast, which reach this host and its neighbours. */
  link_local: ['169.254.0.0/16', 'fe80::/10', '224.0.0.0/4', '255.255.255.255', 'ff00::/8'],
  /**
   * The metadata services of clouds: AWS, GCP, Azure, OpenStack and others; ECS and EKS; Azure's wire server; Alibaba;
   * Oracle; Scaleway; Volcengine; Tencent.
   */
  metadata: [
    '169.254.169.254',
    'fd00:ec2::254',
    'fd20:ce::254',
    '169.254.170.2',
    '169.254.170.23',
    'fd00:ec2::23',
    '168.63.129.16',
    '100.100.100.200',
    '192.0.0.192',
    '169.254.42.42',
    'fd00:42::42',
    '100.96.0.96',
    '169.254.0.23',
  ],
} as const;

const SETS: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(ADDRESS_SETS));

/** The blocks that one entry of `addresses` means: a set, a block or an address. Throws an Error for anything else. */
export function parseAddresses(text: string): readonly AddressBlock[] {
  return (SETS.get(text) ?? [text]).map(parseAddressBlock);
}
