import type { DicomJson, DicomJsonElement, Instance } from '#domain/instance';
import type { StudySummary } from '#src/ports/archives';

export type Level = 'study' | 'series' | 'instance';

/** Attributes that a search answers with, per level (PS3.18 tables 10.6.3-3 to 10.6.3-5). */
export const returned = {
  study: {
    '00080005': 'CS',
    '00080020': 'DA',
    '00080030': 'TM',
    '00080050': 'SH',
    '00080056': 'CS',
    '00080061': 'CS',
    '00080090': 'PN',
    '00080201': 'SH',
    '00081030': 'LO',
    '00081190': 'UR',
    '00100010': 'PN',
    '00100020': 'LO',
    '00100030': 'DA',
    '00100040': 'CS',
    '0020000D': 'UI',
    '00200010': 'SH',
    '00201206': 'IS',
    '00201208': 'IS',
  },
  series: {
    '00080005': 'CS',
    '00080060': 'CS',
    '00080201': 'SH',
    '0008103E': 'LO',
    '00081190': 'UR',
    '0020000E': 'UI',
    '00200011': 'IS',
    '00201209': 'IS',
    '00400244': 'DA',
    '00400245': 'TM',
    '00400275': 'SQ',
  },
  instance: {
    '00080005': 'CS',
    '00080016': 'UI',
    '00080018': 'UI',
    '00080056': 'CS',
    '00080201': 'SH',
    '00081190': 'UR',
    '00200013': 'IS',
    '00280008': 'IS',
    '00280010': 'US',
    '00280011': 'US',
    '00280100': 'US',
  },
} as const satisfies Record<Level, Readonly<Record<string, string>>>;

/** A study as a search sees it: the attributes of one instance, and what is known of the whole. */
export function studyAttributes(summary: StudySummary, studyUrl: (study: string) => string): DicomJson {
  const attributes = summary.attributes.disclose();
  return {
    ...attributes,
    ...unicode,
    '00080056': element('CS', 'ONLINE'),
    '00080061': element('CS', ...summary.modalities),
    '00080062': element('UI', ...summary.sopClasses),
    '00081190': element('UR', studyUrl(String(attributes['0020000D']?.Value?.[0]))),
    '00201206': element('IS', summary.series),
    '00201208': element('IS', summary.instances),
  };
}

export function seriesAttributes(instances: readonly [Instance, ...Instance[]], seriesUrl: string): DicomJson {
  return {
    ...instances[0].facts.attributes.disclose(),
    ...unicode,
    '00081190': element('UR', seriesUrl),
    '00201209': element('IS', instances.length),
  };
}

export function instanceAttributes(instance: Instance, instanceUrl: string): DicomJson {
  return {
    ...instance.facts.attributes.disclose(),
    ...unicode,
    '00080056': element('CS', 'ONLINE'),
    '00081190': element('UR', instanceUrl),
  };
}

/** The chosen attributes of a data set; what is to be returned and is not known is returned empty. */
export function pick(dataset: DicomJson, levels: readonly Level[], include: 'all' | readonly string[]): DicomJson {
  const wanted: Record<string, string> = Object.assign({}, ...levels.map((level) => returned[level]));
  const extra = include === 'all' ? Object.keys(dataset) : include.filter((tag) => tag in dataset);
  const tags = [...new Set([...Object.keys(wanted), ...extra])].filter((tag) => !dataset[tag]?.BulkDataURI).toSorted();
  return Object.fromEntries(tags.map((tag) => [tag, dataset[tag] ?? { vr: wanted[tag]! }]));
}

// JSON is Unicode, whatever the object was written in (PS3.18 section F.2).
const unicode = { '00080005': element('CS', 'ISO_IR 192') };

function element(vr: string, ...Value: readonly unknown[]): DicomJsonElement {
  return { vr, Value };
}
