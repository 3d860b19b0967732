import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { isAllowed, licenceOf, refusedIn, settled } from '#src/bill-of-materials';

const root = join(import.meta.dirname, '..', '..');
const bill = () =>
  execFileSync('npm', ['run', '-s', 'sbom'], {
    cwd: root,
    maxBuffer: 1 << 26,
    stdio: ['ignore', 'pipe', 'ignore'],
  }).toString();

interface Bill {
  readonly bomFormat: string;
  readonly components: readonly {
    readonly name: string;
    readonly version: string;
    readonly hashes: readonly unknown[];
    readonly licenses: readonly { readonly expression: string }[];
  }[];
}

test('the bill of materials names every package that runs, its digest and its licence, the same each time', () => {
  const text = bill();
  const { bomFormat, components } = JSON.parse(text) as Bill;
  expect(bomFormat).toBe('CycloneDX');
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, { version: string; dev?: boolean }>>;
  };
  const running = Object.entries(lock.packages).flatMap(([place, { version, dev }]) =>
    place === '' || dev ? [] : [`${place.split('node_modules/').at(-1)}@${version}`],
  );
  expect(components.map(({ name, version }) => `${name}@${version}`).toSorted()).toEqual(
    [...new Set(running)].toSorted(),
  );
  for (const { name, hashes, licenses } of components) {
    expect([name, hashes.length > 0, isAllowed(licenses[0]!.expression, name)]).toEqual([name, true, true]);
  }
  expect(bill()).toBe(text);
}, 60_000);

test.each([
  ['MIT', true],
  ['(MIT OR GPL-3.0-only)', true],
  ['(MIT AND Zlib)', true],
  ['Apache-2.0 AND GPL-3.0-only', false],
  ['GPL-2.0-only', false],
  ['LGPL-3.0-or-later', false],
])('a package under %s may be delivered: %s', (licence, may) => {
  expect(isAllowed(licence, 'some-package')).toBe(may);
});

test('the lesser GPL is let through for the library that sharp brings, and for nothing else', () => {
  expect(isAllowed('Apache-2.0 AND LGPL-3.0-or-later', '@img/sharp-win32-x64')).toBe(true);
  expect(isAllowed('LGPL-3.0-or-later', '@imgx/sharp-libvips')).toBe(false);
});

test('a package without a licence is refused by its name', () => {
  const component = { name: 'x', version: '1.0.0', purl: 'pkg:npm/x@1.0.0', 'bom-ref': 'x@1.0.0' };
  expect(licenceOf(component)).toBeUndefined();
  expect(refusedIn({ metadata: {}, components: [component], dependencies: [] })).toEqual([
    'x@1.0.0: no licence is named',
  ]);
});

test('what differs from run to run is not in the bill', () => {
  const at = (timestamp: string) => settled({ metadata: { timestamp }, components: [], dependencies: [] });
  expect(at('one')).toEqual(at('other'));
});
