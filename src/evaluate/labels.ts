import { AgentError } from '#domain/errors';
import type { FindingDefinition } from '#domain/finding';

/** What is known of a finding: a number, whether it is there, or which grade, from 0 on. */
export type Label =
  | { readonly kind: 'measurement'; readonly value: number }
  | { readonly kind: 'presence'; readonly isPresent: boolean }
  | { readonly kind: 'grade'; readonly place: number };

/** One row: a clip, and what is known of it by finding. */
export interface LabelledClip {
  /** As it stands in the table. */
  readonly file: string;
  readonly labels: Readonly<Record<string, Label>>;
  /** What a reader wrote, for retrieval. */
  readonly report?: string;
}

/** Which rows of EchoNet-Dynamic's table are wanted, by its column Split. */
export interface LabelChoice {
  readonly split?: string | undefined;
}

const fractionId = 'left-ventricular-ejection-fraction';

/**
 * Reads a table of labels: a column `file`, one for each finding by its id, and perhaps one `report`. EchoNet-Dynamic's
 * FileList.csv is known by its columns FileName and EF. Throws REQUEST_INVALID, naming the line.
 */
export function parseLabels(
  csv: string,
  definitions: readonly FindingDefinition[],
  { split }: LabelChoice = {},
): readonly LabelledClip[] {
  const [head = [], ...rows] = parseCsv(csv);
  const column = new Map(head.map((title, index) => [title.trim(), index]));
  const isEchoNet = column.has('FileName') && column.has('EF');
  const fileColumn = column.get('file') ?? column.get('FileName');
  if (fileColumn === undefined) throw unfit(1, 'it has no column "file"');
  const asked = definitions.flatMap((definition) => {
    const index =
      column.get(definition.id) ?? (isEchoNet && definition.id === fractionId ? column.get('EF') : undefined);
    return index === undefined ? [] : [{ definition, index }];
  });
  if (asked.length === 0) throw unfit(1, `no column is a finding: ${definitions.map(({ id }) => id).join(', ')}`);
  const [splitColumn, reportColumn] = [column.get('Split'), column.get('report')];
  return rows.flatMap((row, index) => {
    if (split !== undefined && row[splitColumn ?? -1]?.trim().toUpperCase() !== split.toUpperCase()) return [];
    const file = row[fileColumn]?.trim() ?? '';
    if (file === '') throw unfit(index + 2, 'it names no file');
    const labels = Object.fromEntries(
      asked.flatMap(({ definition, index: at }) => {
        const text = row[at]?.trim() ?? '';
        return text === '' ? [] : [[definition.id, labelOf(definition, text, index + 2)]];
      }),
    );
    const report = reportColumn === undefined ? '' : (row[reportColumn] ?? '').trim();
    return [{ file: isEchoNet ? filmOf(file) : file, labels, ...(report !== '' && { report }) }];
  });
}

/** EchoNet-Dynamic names films without their ending, and keeps them in a folder of their own. */
function filmOf(fileName: string): string {
  return `Videos/${fileName.toLowerCase().endsWith('.avi') ? fileName : `${fileName}.avi`}`;
}

const words: Readonly<Record<string, boolean>> = {
  '1': true,
  yes: true,
  true: true,
  present: true,
  '0': false,
  no: false,
  false: false,
  absent: false,
};

function labelOf(definition: FindingDefinition, text: string, line: number): Label {
  const bad = (wanted: string) => unfit(line, `"${text.slice(0, 40)}" for ${definition.id}: ${wanted}`);
  switch (definition.kind) {
    case 'measurement': {
      const value = Number(text);
      if (!Number.isFinite(value)) throw bad('a number is wanted');
      return { kind: 'measurement', value };
    }
    case 'presence': {
      const isPresent = words[text.toLowerCase()];
      if (isPresent === undefined) throw bad('1 or 0, yes or no, present or absent are wanted');
      return { kind: 'presence', isPresent };
    }
    case 'grade': {
      const ids = definition.grades.map(({ id }) => id);
      const place = ids.indexOf(text.toLowerCase());
      if (place < 0) throw bad(`one of ${ids.join(', ')} is wanted`);
      return { kind: 'grade', place };
    }
  }
}

/** Rows of comma-separated values (RFC 4180): a field in quotes may hold commas, line ends and doubled quotes. */
export function parseCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [[]];
  const field = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r?\n|$)/y;
  const content = text.replace(/^\ufeff/, '');
  while (field.lastIndex < content.length) {
    const match = field.exec(content);
    if (!match) throw unfit(rows.length, 'a quote stands where none may');
    const [, raw = '', end] = match;
    rows.at(-1)!.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw);
    if (end === '') break;
    if (end !== ',') rows.push([]);
    else if (field.lastIndex === content.length) rows.at(-1)!.push('');
  }
  return rows.filter((row) => row.some((value) => value.trim() !== ''));
}

function unfit(line: number, why: string): AgentError {
  return new AgentError('REQUEST_INVALID', `The table of labels cannot be used, row ${line}: ${why}.`);
}
