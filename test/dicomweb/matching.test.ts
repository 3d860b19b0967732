import { expect, test } from '@jest/globals';
import { isMatch } from '#dicomweb/server/matching';
import { parseSearch } from '#dicomweb/server/search';

const dataset = {
  '00080020': { vr: 'DA', Value: ['20260105'] },
  '00080030': { vr: 'TM', Value: ['101530.25'] },
  '00080061': { vr: 'CS', Value: ['US', 'SR'] },
  '00081030': { vr: 'LO', Value: ['Echo (TTE) a*b'] },
  '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎' }] },
  '00100020': { vr: 'LO', Value: ['P1'] },
  '0020000D': { vr: 'UI', Value: ['1.2.3'] },
  '00200013': { vr: 'IS', Value: [7] },
  '00400275': {
    vr: 'SQ',
    Value: [{ '00400009': { vr: 'SH', Value: ['A'] } }, { '00400009': { vr: 'SH', Value: ['B'] } }],
  },
  '00080050': { vr: 'SH' },
};

// PS3.4 section C.2.2.2, one kind of matching after the other.
test.each([
  ['StudyInstanceUID=1.2.3', true],
  ['StudyInstanceUID=1.2', false],
  ['0020000D=9.9,1.2.3', true],
  ['0020000d=9.9%5C1.2.3', true],
  ['PatientID=P1', true],
  ['PatientID=p1', false],
  ['PatientID=P?', true],
  ['PatientID=*1', true],
  ['PatientID=*2', false],
  ['PatientID=', true],
  ['PatientID=*', true],
  ['AccessionNumber=', true],
  ['AccessionNumber=A', false],
  ['StudyDescription=Echo (TTE) a*b', true],
  ['StudyDescription=Echo .TTE.*', false],
  ['PatientName=yamada^tarou', true],
  ['PatientName=YAMADA*', true],
  ['PatientName=山田*', true],
  ['PatientName=tarou', false],
  ['PatientName=Yamada^Tarou^^', true],
  ['StudyDate=20260105', true],
  ['StudyDate=20260104', false],
  ['StudyDate=20260101-20260131', true],
  ['StudyDate=20260106-', false],
  ['StudyDate=-20260105', true],
  ['StudyTime=10', true],
  ['StudyTime=1016-11', false],
  ['StudyTime=1000-1015', true],
  ['ModalitiesInStudy=SR', true],
  ['ModalitiesInStudy=CT', false],
  ['ModalitiesInStudy=CT%5CUS', true],
  ['InstanceNumber=07', true],
  ['InstanceNumber=8', false],
  ['RequestAttributesSequence.ScheduledProcedureStepID=B', true],
  ['00400275.00400009=C', false],
])('%s: %s', (query, expected) => {
  const [name = '', value = ''] = query.split(/=(.*)/);
  const { keys } = parseSearch(new URLSearchParams([[name, decodeURIComponent(value)]]));
  expect(keys.every((key) => isMatch(dataset, key))).toBe(expected);
});

test('a pattern of many stars takes no long time', () => {
  const [key] = parseSearch(new URLSearchParams({ StudyDescription: `${'*a'.repeat(5000)}b` })).keys;
  const begun = performance.now();
  isMatch({ '00081030': { vr: 'LO', Value: ['a'.repeat(10_000)] } }, key!);
  expect(performance.now() - begun).toBeLessThan(1000);
});

test.each(['StudyDate=yesterday', 'StudyDate=-', 'NoSuchAttribute=1', 'limit=-1', 'offset=x', '__proto__=1'])(
  'a search for %s is refused',
  (query) =>
    expect(() => parseSearch(new URLSearchParams(query))).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' })),
);

test('includefield takes keywords and tags, and fuzzy matching is said to be none', () => {
  const search = parseSearch(
    new URLSearchParams('includefield=StudyDescription,00080061&includefield=Nonsense&fuzzymatching=true'),
  );
  expect(search.include).toEqual(['00081030', '00080061']);
  expect(search.warnings).toHaveLength(2);
});
