import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { schema } from './schema.ts';

interface Described {
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Described>>;
  readonly items?: Described;
  readonly oneOf?: readonly Described[];
  readonly anyOf?: readonly Described[];
}
type Path = readonly PropertyKey[];

/** What is wrong in a configuration, each fault with its place and line, and what could stand there instead. */
export function complaints(text: string, issues: readonly z.core.$ZodIssue[]): readonly string[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const told = (path: Path, words: string): string => {
    const start = startOf(document, path);
    const line = start === undefined ? '' : `line ${lines.linePos(start).line}: `;
    return `${line}${path.length > 0 ? path.join('.') : 'the file'}: ${words}`;
  };
  return issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [told(issue.path, issue.message)];
    const known = namesAt(issue.path, document);
    return issue.keys.map((key) => told([...issue.path, key], `"${key}" is no setting; ${insteadOf(key, known)}`));
  });
}

/** Where a setting stands in the text, or what would hold it where it is missing. */
function startOf(document: Document, path: Path): number | undefined {
  if (path.length === 0) return undefined;
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1)) : undefined;
  const node = pair ? pair.key : document.getIn(path, true);
  return isNode(node) ? node.range?.[0] : startOf(document, path.slice(0, -1));
}

/** The settings of a section, by the schema; of an entry of a list with kinds, those of its kind. */
function namesAt(path: Path, document: Document): readonly string[] {
  let at: Described | undefined = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Described;
  for (const [index, step] of path.entries()) {
    at = typeof step === 'number' ? at?.items : at?.properties?.[String(step)];
    const kinds: readonly Described[] | undefined = at?.oneOf ?? at?.anyOf;
    const kind = document.getIn([...path.slice(0, index + 1), 'kind']);
    if (kinds)
      at =
        kinds.find(({ properties }) => properties?.['kind']?.const === kind) ?? kinds.find((each) => each.properties);
  }
  return Object.keys(at?.properties ?? {});
}

function insteadOf(key: string, known: readonly string[]): string {
  const near = known.find((name) => distance(name.toLowerCase(), key.toLowerCase()) <= Math.min(2, key.length / 2));
  return near === undefined ? `there are ${known.join(', ')}` : `did you mean "${near}"?`;
}

/** Letters to change, add, drop or swap with the next. */
function distance(one: string, other: string): number {
  const rows = Array.from({ length: one.length + 1 }, (_, i) => [i]);
  for (let j = 0; j <= other.length; j += 1) rows[0]![j] = j;
  for (let i = 1; i <= one.length; i += 1) {
    for (let j = 1; j <= other.length; j += 1) {
      const change = rows[i - 1]![j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      const swap = isSwap ? rows[i - 2]![j - 2]! + 1 : Infinity;
      rows[i]![j] = Math.min(rows[i - 1]![j]! + 1, rows[i]![j - 1]! + 1, change, swap);
    }
  }
  return rows[one.length]![other.length]!;
}
