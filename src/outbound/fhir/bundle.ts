import type { Code } from '#domain/code';
import { reasonsOf, type Answer, type Message, type MessageStatus } from '#outbound/message';
import { groupNames, messageNames, statistics, titles, values } from '#templates/codes';
import { concept, concepts, quantity, uidIdentifier, urn } from './coding.ts';
import type {
  BundleEntry,
  Coding,
  Device,
  DiagnosticReport,
  Identifier,
  Observation,
  ObservationComponent,
  Reference,
  ReportStatus,
  TransactionBundle,
} from './resources.ts';

/**
 * A report as one FHIR R4 transaction. Every resource is told by an identifier that is derived from the report's UID, with
 * a conditional update, so that to tell it again changes nothing, and a report that comes late never overwrites a newer one.
 */
export function bundleOf(message: Message, patientSystem: string | undefined): TransactionBundle {
  const shared = sharedBy(message, patientSystem);
  const device = deviceEntry(message);
  const from = { ...shared, device: { type: 'Device', reference: device.fullUrl } };
  const observations = [
    ...message.answers.map((answer) => answered(answer, from)),
    ...message.notAssessed.map((omitted) => absent(omitted, from)),
  ].map((observation) => putEntry(observation));
  const report = reportOf(message, shared, observations);
  return { resourceType: 'Bundle', type: 'transaction', entry: [device, ...observations, putEntry(report)] };
}

const statuses: Readonly<Record<MessageStatus, ReportStatus>> = {
  preliminary: 'preliminary',
  final: 'final',
  corrected: 'amended',
};

const categories = {
  imaging: concepts('http://terminology.hl7.org/CodeSystem/observation-category', 'imaging', 'Imaging'),
  cardiacUltrasound: concepts('http://terminology.hl7.org/CodeSystem/v2-0074', 'CUS', 'Cardiac Ultrasound'),
} as const;

/** Health data for testing: what weights that know phantoms only say is never of a patient. */
const testTag: Coding = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason',
  code: 'HTEST',
  display: 'test health data',
};

function sharedBy(message: Message, patientSystem: string | undefined) {
  const { patientId, issuer, studyDate, studyTime, timezone } = message.identity.disclose();
  const effective = dateTime(studyDate, studyTime, timezone);
  const subject: Reference = {
    type: 'Patient',
    ...(patientId && {
      identifier: {
        ...(patientSystem !== undefined && { system: patientSystem }),
        value: patientId,
        ...(issuer && { assigner: { display: issuer } }),
      },
    }),
  };
  return {
    /** What observations and the report hold alike. */
    common: {
      ...(message.model.isPhantomOnly && { meta: { tag: [testTag] } }),
      status: statuses[message.status],
      subject,
      ...(effective !== undefined && { effectiveDateTime: effective }),
      issued: message.at,
    },
    study: { type: 'ImagingStudy', identifier: uidIdentifier(message.study) } as Reference,
    system: `urn:oid:${message.document}`,
    statements: message.statements,
  };
}
type Shared = ReturnType<typeof sharedBy>;
type From = Shared & { readonly device: Reference };

function answered(answer: Answer, from: From): Observation {
  const { concept: asked, site, value, similarity, threshold, percentile } = answer;
  return {
    ...observation(asked, from, answer.trackingUid ?? asked.value),
    ...(value && { valueQuantity: quantity(value.number, value.unit) }),
    ...(answer.answer && { valueCodeableConcept: concept(answer.answer) }),
    ...(!value && !answer.answer && { dataAbsentReason: absentFor('unknown', 'Unknown', withoutAnswer) }),
    ...(site && { bodySite: concept(site) }),
    component: [
      ...(value ? intervalOf(value) : []),
      figure(groupNames.similarity, similarity, values.noUnits),
      ...(threshold === undefined ? [] : [figure(groupNames.threshold, threshold, values.noUnits)]),
      ...(percentile === undefined ? [] : [figure(statistics.percentileRanking, percentile, values.percent)]),
    ],
  };
}

const withoutAnswer = 'Without a calibration only a similarity is stated, and no answer.';

function absent({ concept: asked, because }: Message['notAssessed'][number], from: From): Observation {
  return {
    ...observation(asked, from, asked.value),
    dataAbsentReason: absentFor('not-performed', 'Not Performed', because.meaning),
  };
}

function absentFor(code: string, display: string, text: string) {
  return concepts('http://terminology.hl7.org/CodeSystem/data-absent-reason', code, display, text);
}

function observation(asked: Code, from: From, value: string): Observation {
  return {
    resourceType: 'Observation',
    ...from.common,
    identifier: [{ system: from.system, value }],
    category: [categories.imaging],
    code: concept(asked),
    note: from.statements.map((text) => ({ text })),
    method: concept(values.artificialIntelligence),
    device: from.device,
    derivedFrom: [from.study],
  };
}

function figure(name: Code, value: number, unit: Code): ObservationComponent {
  return { code: concept(name), valueQuantity: quantity(value, unit) };
}

function intervalOf({ interval, unit }: NonNullable<Answer['value']>): readonly ObservationComponent[] {
  if (!interval) return [];
  const { lower, upper, level } = interval;
  const range = { low: quantity(lower, unit), high: quantity(upper, unit) };
  return [
    { code: concept(messageNames.interval), valueRange: range },
    figure(groupNames.intervalLevel, Number((100 * level).toPrecision(12)), values.percent),
  ];
}

function reportOf(message: Message, shared: Shared, results: readonly BundleEntry[]): DiagnosticReport {
  const replaced = message.replaces.map((uid) => ({
    url: 'http://hl7.org/fhir/StructureDefinition/diagnosticReport-replaces',
    valueReference: { type: 'DiagnosticReport', identifier: uidIdentifier(uid) },
  }));
  return {
    resourceType: 'DiagnosticReport',
    ...shared.common,
    ...(replaced.length > 0 && { extension: replaced }),
    identifier: [uidIdentifier(message.document)],
    category: [categories.cardiacUltrasound],
    code: concept(titles.diagnosticImagingReport, titles.measurementReport),
    result: results.map(({ fullUrl }) => ({ type: 'Observation', reference: fullUrl })),
    imagingStudy: [shared.study],
    conclusion: [...message.statements, ...reasonsOf(message)].join('\n'),
  };
}

/** The model as a device: another digest, another device. Who has it already keeps his. */
function deviceEntry({ model, statements }: Message): BundleEntry {
  const identifier = uidIdentifier(model.deviceUid);
  const resource: Device = {
    resourceType: 'Device',
    identifier: [identifier],
    manufacturer: model.manufacturer,
    serialNumber: model.digest,
    deviceName: [{ name: model.name, type: 'model-name' }],
    version: [{ value: model.version }],
    note: statements.filter((text) => !text.startsWith('PRELIMINARY')).map((text) => ({ text })),
  };
  const request = { method: 'POST', url: 'Device', ifNoneExist: searchFor(identifier) } as const;
  return { fullUrl: urn('device', model.deviceUid), resource, request };
}

function putEntry(resource: Observation | DiagnosticReport): BundleEntry {
  const { resourceType, identifier } = resource;
  const [first] = identifier as readonly [Identifier];
  const url = `${resourceType}?${searchFor(first)}`;
  return { fullUrl: urn(url), resource, request: { method: 'PUT', url } };
}

function searchFor({ system = '', value }: Identifier): string {
  return `identifier=${encodeURIComponent(system)}|${encodeURIComponent(value)}`;
}

/** A dateTime with a time must have an offset; without one the date alone is told. */
function dateTime(date: string, time: string, timezone: string): string | undefined {
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)$/.exec(date) ?? [];
  if (!year) return undefined;
  const on = `${year}-${month}-${day}`;
  const [, hours, minutes, seconds = '00'] = /^(\d\d)(\d\d)(\d\d)?/.exec(time) ?? [];
  const offset = /^([+-]\d\d)(\d\d)$/.exec(timezone);
  return hours && offset ? `${on}T${hours}:${minutes}:${seconds}${offset[1]}:${offset[2]}` : on;
}
