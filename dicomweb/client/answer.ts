import type { DicomJson } from '#domain/instance';

/** An answer about one instance is short; of a longer one the beginning is not worth reading. */
export async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > answerBytesMax) return '';
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const answerBytesMax = 1024 * 1024;

/** The data set of an answer in the DICOM JSON model, alone or in a list; an empty one where it is none. */
export function datasetIn(text: string): DicomJson {
  try {
    const value: unknown = JSON.parse(text);
    const dataset: unknown = Array.isArray(value) ? value[0] : value;
    return typeof dataset === 'object' && dataset !== null ? (dataset as DicomJson) : {};
  } catch {
    return {}; // an empty answer, HTML, XML: nothing is said of the instance
  }
}

/** The items of a sequence. */
export function itemsOf(dataset: DicomJson, tag: string): readonly DicomJson[] {
  return (dataset[tag]?.Value ?? []).filter((item) => typeof item === 'object' && item !== null) as DicomJson[];
}

/** The first value of an attribute. */
export function firstOf(dataset: DicomJson, tag: string): unknown {
  return dataset[tag]?.Value?.[0];
}
