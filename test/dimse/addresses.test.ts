import { expect, test } from '@jest/globals';
import { isAmong } from '#dimse/addresses';

test.each<[readonly string[], string, boolean]>([
  [[], '203.0.113.9', true],
  [['10.1.2.3'], '10.1.2.3', true],
  [['10.1.2.3'], '10.1.2.4', false],
  [['10.1.0.0/16'], '10.1.255.255', true],
  [['10.1.0.0/16'], '10.2.0.0', false],
  [['10.1.0.0/16'], '::ffff:10.1.7.7', true],
  [['192.168.0.0/24', '2001:db8::/32'], '2001:db8::7', true],
  [['2001:db8::/32'], '2001:db9::7', false],
  [['0.0.0.0/0'], '2001:db8::7', false],
  [['10.1.2.3'], '', false],
])('%j lets in %s: %s', (networks, address, isLetIn) => {
  expect(isAmong(networks, address)).toBe(isLetIn);
});
