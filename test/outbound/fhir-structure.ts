// What FHIR R4 (4.0.1) asks of the resources that we write: elements with cardinality and type, by the tables of the
// resource pages, and the invariants that a machine can hold without a terminology server.

type Check = (value: unknown, at: string) => readonly string[];
interface Element {
  readonly min: 0 | 1;
  readonly max: 1 | '*';
  readonly is: Check;
}
type Table = Readonly<Record<string, Element>>;

const one = (is: Check): Element => ({ min: 1, max: 1, is });
const may = (is: Check): Element => ({ min: 0, max: 1, is });
const any = (is: Check): Element => ({ min: 0, max: '*', is });
const some = (is: Check): Element => ({ min: 1, max: '*', is });

const matching =
  (what: string, pattern: RegExp): Check =>
  (value, at) =>
    typeof value === 'string' && pattern.test(value) ? [] : [`${at} is no ${what}`];
const among =
  (...values: readonly string[]): Check =>
  (value, at) =>
    values.includes(value as string) ? [] : [`${at} is none of ${values.join(', ')}`];
// Datatypes, section 2.24.0.1.
const string = matching('string', /^[ \r\n\t\S]+$/);
const code = matching('code', /^[^\s]+(\s[^\s]+)*$/);
const uri = matching('uri', /^(https?:\/\/|urn:)\S+$/);
const instant = matching('instant', /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
const dateTime = matching('dateTime', /^\d{4}(-\d\d(-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?)?)?$/);
const decimal: Check = (value, at) => (Number.isFinite(value) ? [] : [`${at} is no decimal`]);

const object =
  (table: Table): Check =>
  (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${at} is no object`];
    const given = Object.entries(value).filter(([, element]) => element !== undefined);
    if (given.length === 0) return [`${at} is empty (ele-1)`];
    const unknown = given.filter(([name]) => !(name in table)).map(([name]) => `${at}.${name} does not exist`);
    return [...unknown, ...Object.entries(table).flatMap(([name, element]) => held(element, value, { name, at }))];
  };

function held(
  { min, max, is }: Element,
  parent: object,
  { name, at }: { name: string; at: string },
): readonly string[] {
  const value = (parent as Readonly<Record<string, unknown>>)[name];
  const path = `${at}.${name}`;
  if (value === undefined) return min === 1 ? [`${path} is missing`] : [];
  if (max === 1) return Array.isArray(value) ? [`${path} is a list`] : is(value, path);
  if (!Array.isArray(value) || value.length === 0) return [`${path} is no list with something in it`];
  return value.flatMap((each, index) => is(each, `${path}[${index}]`));
}

const coding = object({ system: may(uri), code: may(code), display: may(string) });
const codeableConcept = object({ coding: any(coding), text: may(string) });
const identifier: Check = object({ system: may(uri), value: may(string), assigner: may((v, at) => reference(v, at)) });
const reference: Check = object({
  reference: may(string),
  type: may(code),
  identifier: may((value, at) => identifier(value, at)),
  display: may(string),
});
const quantity = object({ value: may(decimal), unit: may(string), system: may(uri), code: may(code) });
const annotation = object({ text: one(string) });
const resource = { resourceType: one(code), meta: may(object({ tag: any(coding) })), identifier: any(identifier) };
const status = among('registered', 'preliminary', 'final', 'amended');

const tables: Readonly<Record<string, Table>> = {
  DiagnosticReport: {
    ...resource,
    extension: any(object({ url: one(uri), valueReference: may(reference) })),
    status: one(among('registered', 'partial', 'preliminary', 'final', 'amended', 'corrected', 'appended')),
    category: any(codeableConcept),
    code: one(codeableConcept),
    subject: may(reference),
    effectiveDateTime: may(dateTime),
    issued: may(instant),
    result: any(reference),
    imagingStudy: any(reference),
    conclusion: may(string),
  },
  Observation: {
    ...resource,
    status: one(status),
    category: any(codeableConcept),
    code: one(codeableConcept),
    subject: may(reference),
    effectiveDateTime: may(dateTime),
    issued: may(instant),
    valueQuantity: may(quantity),
    valueCodeableConcept: may(codeableConcept),
    dataAbsentReason: may(codeableConcept),
    note: any(annotation),
    bodySite: may(codeableConcept),
    method: may(codeableConcept),
    device: may(reference),
    derivedFrom: any(reference),
    component: any(
      object({
        code: one(codeableConcept),
        valueQuantity: may(quantity),
        valueRange: may(object({ low: may(quantity), high: may(quantity) })),
      }),
    ),
  },
  Device: {
    ...resource,
    manufacturer: may(string),
    serialNumber: may(string),
    deviceName: any(object({ name: one(string), type: one(among('udi-label-name', 'model-name', 'other')) })),
    version: any(object({ value: one(string) })),
    note: any(annotation),
  },
};

const request = object({ method: one(among('GET', 'POST', 'PUT')), url: one(string), ifNoneExist: may(string) });
const entry = object({
  fullUrl: one(matching('urn:uuid', /^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)),
  resource: one((value, at) => {
    const table = tables[(value as { resourceType?: string }).resourceType ?? ''];
    return table ? object(table)(value, at) : [`${at} is of an unknown type`];
  }),
  request: one(request),
});
const bundle = object({ resourceType: one(among('Bundle')), type: one(among('transaction')), entry: some(entry) });

interface Loose {
  readonly code?: { readonly coding: readonly { readonly system: string; readonly code: string }[] };
  readonly dataAbsentReason?: unknown;
  readonly valueQuantity?: unknown;
  readonly valueCodeableConcept?: unknown;
  readonly component?: readonly Loose[];
}

/** Everything that is wrong with a transaction bundle. */
export function faultsOf(given: unknown): readonly string[] {
  const shape = bundle(given, 'Bundle');
  if (shape.length > 0) return shape;
  const { entry: entries } = given as { entry: readonly { fullUrl: string; resource: Loose }[] };
  const urls = entries.map(({ fullUrl }) => fullUrl);
  const twice = urls.filter((url, index) => urls.indexOf(url) !== index).map((url) => `${url} stands twice (bdl-7)`);
  const lost = [...JSON.stringify(given).matchAll(/"reference":"([^"]+)"/g)]
    .map(([, url]) => url!)
    .filter((url) => !urls.includes(url))
    .map((url) => `${url} is not in the bundle`);
  return [...twice, ...lost, ...entries.flatMap(({ resource }) => invariants(resource))];
}

function invariants({ code, dataAbsentReason, component = [], ...values }: Loose): readonly string[] {
  const hasValue = (values.valueQuantity ?? values.valueCodeableConcept) !== undefined;
  const keys = (of: Loose) => (of.code?.coding ?? []).map(({ system, code }) => `${system}|${code}`);
  const own = code ? keys({ code }) : [];
  const isRepeated = component.some((each) => keys(each).some((key) => own.includes(key)));
  return [
    ...(hasValue && dataAbsentReason !== undefined ? ['obs-6: a value and a reason for its absence'] : []),
    ...(hasValue && isRepeated ? ['obs-7: a component has the code of the observation'] : []),
  ];
}
