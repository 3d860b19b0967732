import { BlockList, isIP } from 'node:net';

/** Whether an address is among those named, singly or as a network in CIDR notation; among none at all, everybody is. */
export function isAmong(networks: readonly string[], address: string): boolean {
  if (networks.length === 0) return true;
  // On a socket for both families an IPv4 peer shows as ::ffff:10.1.2.3 (RFC 4291 section 2.5.5.2).
  const plain = address.replace(/^::ffff:(?=[\d.]+$)/i, '');
  if (isIP(plain) === 0) return false;
  const list = new BlockList();
  for (const network of networks) {
    const [base = '', prefix] = network.split('/');
    const family = familyOf(base);
    if (prefix === undefined) list.addAddress(base, family);
    else list.addSubnet(base, Number(prefix), family);
  }
  return list.check(plain, familyOf(plain));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
