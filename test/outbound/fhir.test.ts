import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createFhirDestination } from '#outbound/fhir/destination';
import type { BundleEntry, DiagnosticReport, Observation, TransactionBundle } from '#outbound/fhir/resources';
import { faultsOf } from './fhir-structure.ts';
import { startSink, type Asked, type Behaviour } from './sink.ts';
import { aReport, quiet, study, temporaryFolder, type Told } from './told.ts';

const folder = temporaryFolder();
let report: Told;
let sink: Awaited<ReturnType<typeof startSink>>;
let behave: (asked: Asked) => Behaviour;
/** What the server holds, by what was searched for. */
let held: Map<string, unknown>;

/** A server that does conditional creates and updates as R4 section 3.1.0 says. */
const takes = ({ body }: Asked): Behaviour => {
  const { entry } = JSON.parse(body) as TransactionBundle;
  const answers = entry.map(({ request, resource }) => {
    const key = request.ifNoneExist ? `${request.url}?${request.ifNoneExist}` : request.url;
    const status = held.has(key) ? '200 OK' : '201 Created';
    held.set(key, resource);
    return { response: { status } };
  });
  return {
    status: 200,
    body: JSON.stringify({ resourceType: 'Bundle', type: 'transaction-response', entry: answers }),
  };
};

beforeAll(async () => {
  report = await aReport(folder.path, { more: { TimezoneOffsetFromUTC: '+0900', IssuerOfPatientID: 'HOSPITAL' } });
  sink = await startSink((asked) => behave(asked));
});
afterEach(() => void sink.asked.splice(0));
afterAll(async () => {
  await sink.stop();
  folder[Symbol.dispose]();
});

function deliver(told = report) {
  const settings = { name: 'ehr', url: `${sink.url}/fhir/`, patientSystem: 'urn:oid:1.2.3', timeoutMs: 300 };
  const authorize = async () => ({ authorization: 'Bearer token' });
  return createFhirDestination(settings, { ask: told.ask, authorize }).deliver(told.instance, told.path, quiet);
}

async function told(of = report): Promise<TransactionBundle> {
  [behave, held] = [takes, new Map()];
  await deliver(of);
  return JSON.parse(sink.asked.at(-1)!.body) as TransactionBundle;
}

const resources = (bundle: TransactionBundle, type: string) =>
  bundle.entry.map(({ resource }) => resource).filter(({ resourceType }) => resourceType === type);

describe('a transaction', () => {
  test.each([0, 1, 2])('of revision %i is R4 by its tables and invariants', async (revision) => {
    const bundle = await told(await aReport(folder.path, { revision, isPhantomOnly: revision === 2 }));
    expect(faultsOf(bundle)).toEqual([]);
    const status = ['preliminary', 'final', 'amended'][revision]!;
    const stated = bundle.entry.flatMap(({ resource }) => ('status' in resource ? [resource.status] : []));
    expect(new Set(stated)).toEqual(new Set([status]));
    expect(JSON.stringify(bundle).includes('HTEST')).toBe(revision === 2);
  });

  test('is posted to the base, logged in', async () => {
    await told();
    expect(sink.asked[0]).toMatchObject({
      method: 'POST',
      path: '/fhir',
      headers: { authorization: 'Bearer token', 'content-type': 'application/fhir+json' },
    });
  });

  test('carries the values of the report; a similarity is a component of its own code', async () => {
    const observations = resources(await told(), 'Observation') as readonly Observation[];
    const said = observations.map(
      ({ code, valueQuantity, valueCodeableConcept, dataAbsentReason, component = [] }) => ({
        code: code.coding[0]!.code,
        value: valueQuantity?.value ?? valueCodeableConcept?.text ?? dataAbsentReason?.coding[0]!.code,
        components: component.map((each) => [
          each.code.coding[0]!.code,
          each.valueQuantity?.value ?? [each.valueRange!.low.value, each.valueRange!.high.value],
        ]),
      }),
    );
    expect(said).toEqual([
      {
        code: '18043-0',
        value: 57.3,
        components: [
          ['interval', [50.1, 63.9]],
          ['interval-level', 90],
          ['similarity', 0.2313],
        ],
      },
      {
        code: 'lv-size',
        value: 'Markedly enlarged',
        components: [
          ['similarity', 0.27],
          ['threshold', 0.2],
        ],
      },
      {
        code: '373945007',
        value: 'Absent',
        components: [
          ['similarity', 0.11],
          ['threshold', 0.18],
          ['121415', 37],
        ],
      },
      { code: 'mitral-clip', value: 'unknown', components: [['similarity', 0.09]] },
      { code: '360129009', value: 'not-performed', components: [] },
    ]);
    const { coding } = observations[0]!.component!.at(-1)!.code;
    expect(coding).toEqual([
      {
        system: expect.stringMatching(/^urn:oid:2\.25\./),
        code: 'similarity',
        display: 'Cosine similarity (no probability)',
      },
    ]);
  });

  test('names patient, study, time and model by what others know', async () => {
    const bundle = await told();
    const [one] = resources(bundle, 'DiagnosticReport') as readonly DiagnosticReport[];
    expect(one).toMatchObject({
      subject: { identifier: { system: 'urn:oid:1.2.3', value: 'P1', assigner: { display: 'HOSPITAL' } } },
      imagingStudy: [{ identifier: { system: 'urn:dicom:uid', value: `urn:oid:${study}` } }],
      effectiveDateTime: '2026-01-05T10:15:00+09:00',
      issued: '2026-01-06T08:30:01.250+09:00',
      conclusion: expect.stringContaining('For research use only. Not for clinical use.\nHIGH: Left ventricle'),
    });
    expect(resources(bundle, 'Device')).toMatchObject([{ serialNumber: report.assessment.model.digest }]);
  });

  test('told again changes nothing, and one of another revision overwrites nothing', async () => {
    await told();
    const once = new Map(held);
    await deliver();
    expect(held).toEqual(once);
    await deliver(await aReport(folder.path, { revision: 2 }));
    expect(held.size).toBe(2 * once.size - 1); // the device is the same
    for (const [key, resource] of once) expect(held.get(key)).toEqual(resource);
  });
});

const spoilt: readonly (readonly [string, (bundle: TransactionBundle) => unknown])[] = [
  ['a missing status', ({ entry }) => Reflect.deleteProperty(entry.at(-1)!.resource, 'status')],
  ['an unknown element', ({ entry }) => Object.assign(entry[1]!.resource, { probability: 0.2 })],
  ['a value beside its absence', ({ entry }) => Object.assign(entry[1]!.resource, { dataAbsentReason: { text: 'x' } })],
  ['a list where one may stand', ({ entry }) => Object.assign(entry[1]!.resource, { code: [] })],
  ['a reference to nothing', ({ entry }) => (entry as BundleEntry[]).splice(0, 1)],
];
test.each(spoilt)('the structural check sees %s', async (_, spoil) => {
  const bundle = await told();
  spoil(bundle);
  expect(faultsOf(bundle)).not.toEqual([]);
});

const taken = JSON.stringify({ resourceType: 'Bundle', entry: [{ response: { status: '201 Created' } }] });
test.each<[string, Behaviour, string]>([
  ['a refusal', { status: 422 }, 'DESTINATION_REFUSED'],
  ['several that match', { status: 412 }, 'DESTINATION_REFUSED'],
  ['a conflict of versions', { status: 409 }, 'DESTINATION_BUSY'],
  ['trouble of its own', { status: 503 }, 'DESTINATION_BUSY'],
  ['a redirect', { status: 302, headers: { location: '/elsewhere' } }, 'DESTINATION_REFUSED'],
  ['a word on one entry only', { status: 200, body: taken }, 'DESTINATION_BUSY'],
  ['a page instead of an answer', { status: 200, body: '<html>' }, 'DESTINATION_BUSY'],
  ['silence', 'silent', 'DESTINATION_UNREACHABLE'],
  ['half an answer', 'half', 'DESTINATION_UNREACHABLE'],
])('%s delivers nothing', async (_, how, code) => {
  behave = () => how;
  await expect(deliver()).rejects.toMatchObject({ code });
  expect(sink.asked).toHaveLength(1);
});
