import { AgentError } from '#domain/errors';
import type { CatalogueQuery } from '#src/ports/archives';
import { attributeNamed } from './attribute-named.ts';
import { matcherOf, type MatchingKey } from './matching.ts';

/** A search as the URL states it (PS3.18 section 8.3.4). */
export interface Search {
  readonly keys: readonly MatchingKey[];
  readonly include: 'all' | readonly string[];
  readonly limit?: number;
  readonly offset: number;
  /** What we do not do, said in the answer. */
  readonly warnings: readonly string[];
}

/** Reads the query of a search. Throws REQUEST_INVALID for what cannot be understood. */
export function parseSearch(query: URLSearchParams): Search {
  const keys: MatchingKey[] = [];
  const include: string[] = [];
  const warnings: string[] = [];
  for (const [name, value] of query) {
    if (name === 'limit' || name === 'offset' || name === 'accept') continue;
    if (name === 'includefield') include.push(...value.split(',').map((field) => field.trim()));
    else if (name === 'fuzzymatching') {
      if (value !== 'false')
        warnings.push('The fuzzymatching parameter is not supported. Only literal matching has been performed.');
    } else keys.push(parseKey(name, value));
  }
  const limit = count(query.get('limit'), 'limit');
  return {
    keys,
    include: include.includes('all') ? 'all' : include.flatMap((field) => tagOf(field, warnings)),
    ...(limit === undefined ? {} : { limit }),
    offset: count(query.get('offset'), 'offset') ?? 0,
    warnings,
  };
}

/** The part of a search that the catalogue can do by itself (single UIDs, a modality, a range of study dates), and the rest. */
export function narrow(keys: readonly MatchingKey[]): {
  readonly where: CatalogueQuery;
  readonly rest: readonly MatchingKey[];
} {
  const where: CatalogueQuery = Object.assign({}, ...keys.map(narrowOne));
  return { where, rest: keys.filter((key) => narrowOne(key) === undefined) };
}

function narrowOne({ path: [tag = '', ...inner], value }: MatchingKey): CatalogueQuery | undefined {
  const isSingle = value !== '' && !/[\\,*?]/.test(value);
  if (!isSingle || inner.length > 0) return undefined;
  switch (tag) {
    case '0020000D':
      return { study: value };
    case '0020000E':
      return { series: value };
    case '00080018':
      return { sopInstance: value };
    case '00080060':
    case '00080061':
      return { modality: value };
    case '00080020': {
      if (!/^(\d{8})?(-(\d{8})?)?$/.test(value) || value === '-') return undefined;
      const [from = '', to = from] = value.split('-');
      return { ...(from && { studyDateFrom: from }), ...(to && { studyDateTo: to }) };
    }
    default:
      return undefined;
  }
}

function parseKey(name: string, value: string): MatchingKey {
  const path = name.split('.').map((member) => attributeNamed(member));
  if (path.some((attribute) => attribute === undefined))
    throw new AgentError('REQUEST_INVALID', `There is no attribute called ${JSON.stringify(name.slice(0, 64))}.`);
  const attributes = path as NonNullable<(typeof path)[number]>[];
  const key = { path: attributes.map(({ tag }) => tag), vr: attributes.at(-1)!.vr, value };
  if (value !== '' && value !== '*') matcherOf(key.vr, value);
  return key;
}

function tagOf(field: string, warnings: string[]): readonly string[] {
  const attribute = attributeNamed(field.split('.')[0] ?? '');
  if (!attribute) warnings.push('An includefield parameter names no attribute and was ignored.');
  return attribute ? [attribute.tag] : [];
}

function count(text: string | null, name: string): number | undefined {
  if (text === null || text === '') return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new AgentError('REQUEST_INVALID', `${name} is not a whole number.`);
  return Number(text);
}
