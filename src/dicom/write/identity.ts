import { Identifying } from '#domain/identifying';
import type { DicomJson, DicomJsonElement, InstanceFacts } from '#domain/instance';

/** Patient, Patient Study, General Study and Clinical Trial attributes (PS3.3 sections C.7.1, C.7.2): the same in all objects of a study. */
const identityTags = new Set(
  [
    '00080020 00080030 00080050 00080051 00080090 00080096 0008009C 0008009D 00081030 00081032 00081048 00081049',
    '00081060 00081062 00081080 00081084 00081110 0020000D 00200010',
    '00100010 00100020 00100021 00100022 00100024 00100026 00100030 00100032 00100033 00100034 00100035 00100040',
    '00100200 00100212 00100213 00100214 00100215 00100216 00100217 00100218 00100219 00100221 00100222 00100223',
    '00100229 00101001 00101002 00101010 00101020 00101021 00101022 00101023 00101024 00101030 00101100 00102160',
    '00102180 001021B0 001021C0 001021D0 00102201 00102202 00102203 00102292 00102293 00102294 00102295 00102296',
    '00102297 00102298 00102299 00104000 00120010 00120020 00120021 00120030 00120031 00120040 00120042 00120050',
    '00120051 00120062 00120063 00120064 00380010 00380014 00380060 00380062 00380064 00380500',
  ].flatMap((line) => line.split(' ')),
);
const timezoneOffset = '00080201';

/** Attributes that must be there, if only empty (type 2). */
const required: DicomJson = {
  '00080020': { vr: 'DA' },
  '00080030': { vr: 'TM' },
  '00080050': { vr: 'SH' },
  '00080090': { vr: 'PN' },
  '00100010': { vr: 'PN' },
  '00100020': { vr: 'LO' },
  '00100030': { vr: 'DA' },
  '00100040': { vr: 'CS' },
  '00200010': { vr: 'SH' },
};

/** Who and which study, exactly as the source says it, with the source's timezone where it has one. */
export function identityOf({ attributes }: InstanceFacts): DicomJson {
  const copied = Object.entries(attributes.disclose()).filter(
    ([tag]) => identityTags.has(tag) || tag === timezoneOffset,
  );
  return { ...required, ...Object.fromEntries(copied.map(([tag, element]) => [tag, inTodaysForm(element)])) };
}

/** Dates and times of ACR-NEMA 300, such as 1997.04.24 and 14:04:38: the same moment as DICOM writes it (PS3.5 table 6.2-1, DA and TM). */
function inTodaysForm(element: DicomJsonElement): DicomJsonElement {
  const old = { DA: /^(\d{4})\.(\d{2})\.(\d{2})$/, TM: /^(\d{2}):(\d{2}):(\d{2}(?:\.\d{1,6})?)$/ }[element.vr];
  if (!old || !element.Value) return element;
  return {
    ...element,
    Value: element.Value.map((value) => (typeof value === 'string' ? value.replace(old, '$1$2$3') : value)),
  };
}

/** Offset from UTC as the source states it, such as +0900; undefined where it does not. */
export function timezoneOf({ attributes }: InstanceFacts): string | undefined {
  const offset = attributes.disclose()[timezoneOffset]?.Value?.[0];
  return typeof offset === 'string' && /^[+-]\d{4}$/.test(offset) ? offset : undefined;
}

/** The same facts, with an offset from UTC where the source states none. */
export function withTimezone(facts: InstanceFacts, offset: string): InstanceFacts {
  if (timezoneOf(facts) !== undefined) return facts;
  const stated = { ...facts.attributes.disclose(), [timezoneOffset]: { vr: 'SH', Value: [offset] } };
  return { ...facts, attributes: new Identifying(stated) };
}

/** How a source image was compressed with loss before, oldest first: ratios and methods (PS3.3 section C.7.6.1.1.5). */
export function lossesOf({ attributes }: InstanceFacts): {
  readonly isLossy: boolean;
  readonly ratios: readonly number[];
  readonly methods: readonly string[];
} {
  const json = attributes.disclose();
  const ratios = (json['00282112']?.Value ?? []).map(Number).filter(Number.isFinite);
  const methods = (json['00282114']?.Value ?? []).filter((method) => typeof method === 'string');
  const isLossy = methods.length > 0 || json['00282110']?.Value?.[0] === '01';
  return ratios.length === methods.length ? { isLossy, ratios, methods } : { isLossy, ratios: [], methods: [] };
}
