import type { Context } from 'koa';
import { parseMediaType } from '#dicomweb/media-type';
import { patiently } from '#dicomweb/server/patience';
import { AgentError } from '#domain/errors';
import type { DicomJson, DicomJsonElement } from '#domain/instance';

/** Longest data set of a step, and longest silence of its sender. */
const patience = { bytesMax: 4_194_304, silenceMs: 60_000 };
const depthMax = 16;

/** The data set of a request, in the DICOM JSON model, alone or as an array of one. Throws REQUEST_UNSUPPORTED or REQUEST_INVALID. */
export async function dataSetIn(context: Context, { mayBeEmpty = false } = {}): Promise<DicomJson> {
  const chunks: Uint8Array[] = [];
  // The request must outlive this loop, since its connection carries the answer.
  for await (const chunk of patiently(context.req.iterator({ destroyOnReturn: false }), patience)) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  if (mayBeEmpty && text.trim() === '') return {};
  const type = parseMediaType(context.get('Content-Type'))?.type;
  if (type !== 'application/dicom+json' && type !== 'application/json')
    throw new AgentError('REQUEST_UNSUPPORTED', 'Send application/dicom+json; XML is not taken.');
  const [dataset, ...others] = [parsed(text)].flat();
  if (others.length > 0) throw invalid('The request holds more than one data set.');
  return dataSetOf(dataset, 0);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new AgentError('REQUEST_INVALID', 'The request is no JSON.', { cause });
  }
}

/** Checks a data set to its leaves, so that nobody has to check again. */
function dataSetOf(value: unknown, depth: number): DicomJson {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('A data set is an object.');
  if (depth > depthMax) throw invalid(`Sequences lie at most ${depthMax} deep.`);
  const entries = Object.entries(value).map(([tag, given]) => [tag.toUpperCase(), elementOf(tag, given, depth)]);
  return Object.fromEntries(entries) as DicomJson;
}

function elementOf(tag: string, given: unknown, depth: number): DicomJsonElement {
  if (!/^[\dA-Fa-f]{8}$/.test(tag)) throw invalid('An attribute is named by a tag of eight hexadecimal digits.');
  if (/^000[02]/.test(tag)) throw invalid('Command and file meta elements are no part of a step.');
  const { vr, Value, ...others } = (
    typeof given === 'object' && given !== null ? given : {}
  ) as Partial<DicomJsonElement>;
  const isRead = typeof vr === 'string' && /^[A-Z]{2}$/.test(vr) && Object.keys(others).length === 0;
  if (!isRead || (Value !== undefined && !Array.isArray(Value)))
    throw invalid(`(${tag.slice(0, 4)},${tag.slice(4)}) is no element with a vr and a Value.`);
  if (!Value || Value.length === 0) return { vr };
  if (vr !== 'SQ') return { vr, Value: Value.map(leaf) };
  return { vr, Value: Value.map((item) => dataSetOf(item, depth + 1)) };
}

/** A text, a number, nothing, or the groups of a name. */
function leaf(value: unknown): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  const groups = typeof value === 'object' ? Object.entries(value) : [];
  const isName =
    groups.length > 0 && groups.every(([group, text]) => nameGroups.includes(group) && typeof text === 'string');
  if (isName) return Object.fromEntries(groups);
  throw invalid('A value is a text, a number or a name.');
}

const nameGroups = ['Alphabetic', 'Ideographic', 'Phonetic'];

function invalid(sentence: string): AgentError {
  return new AgentError('REQUEST_INVALID', sentence);
}
