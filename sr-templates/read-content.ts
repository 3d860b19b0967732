import type { Code } from '#domain/code';
import type { Point } from '#domain/geometry';
import type { DicomJson } from '#domain/instance';

/** A content item as it was found, ours or another's: what is missing is absent, what is unknown is left out. */
export interface FoundItem {
  readonly relationship: string;
  readonly valueType: string;
  readonly name?: Code;
  readonly code?: Code;
  readonly text?: string;
  readonly number?: { readonly value: number; readonly unit?: Code };
  readonly uid?: string;
  readonly image?: FoundImage;
  readonly graphic?: { readonly type: string; readonly points: readonly Point[] };
  readonly children: readonly FoundItem[];
}

export interface FoundImage {
  readonly sopClass: string;
  readonly sopInstance: string;
  readonly frames: readonly number[];
}

/** Deeper than any template goes; a document that is made to hurt goes on. */
const depthMax = 32;

/** Reads a content item and all below it; never throws. */
export function readContent(json: DicomJson, depth = 0): FoundItem {
  const name = readCode(items(json, '0040A043')[0]);
  const code = readCode(items(json, '0040A168')[0]);
  const text = textOf(json, '0040A160') ?? textOf(json, '0040A123');
  const number = readNumber(items(json, '0040A300')[0]);
  const uid = textOf(json, '0040A124');
  const image = readImage(items(json, '00081199')[0]);
  const graphic = readGraphic(json);
  return {
    relationship: textOf(json, '0040A010') ?? '',
    valueType: textOf(json, '0040A040') ?? '',
    ...(name && { name }),
    ...(code && { code }),
    ...(text !== undefined && { text }),
    ...(number && { number }),
    ...(uid !== undefined && { uid }),
    ...(image && { image }),
    ...(graphic && { graphic }),
    children: depth < depthMax ? items(json, '0040A730').map((child) => readContent(child, depth + 1)) : [],
  };
}

/** A coded entry with a short, a long or a URN code value; undefined where there is no value. */
export function readCode(json: DicomJson | undefined): Code | undefined {
  if (!json) return undefined;
  const value = textOf(json, '00080100') ?? textOf(json, '00080119') ?? textOf(json, '00080120');
  if (value === undefined) return undefined;
  return { value, scheme: textOf(json, '00080102') ?? '', meaning: textOf(json, '00080104') ?? '' };
}

function readNumber(measured: DicomJson | undefined): FoundItem['number'] {
  if (!measured) return undefined;
  const stated = [measured['0040A161'], measured['0040A30A']].map((element) =>
    Number(element?.Value?.[0] ?? Number.NaN),
  );
  const value = stated.find(Number.isFinite);
  if (value === undefined) return undefined;
  const unit = readCode(items(measured, '004008EA')[0]);
  return { value, ...(unit && { unit }) };
}

function readImage(referenced: DicomJson | undefined): FoundImage | undefined {
  const sopInstance = referenced && textOf(referenced, '00081155');
  if (!sopInstance) return undefined;
  const frames = (referenced['00081160']?.Value ?? []).map(Number).filter(Number.isInteger);
  return { sopClass: textOf(referenced, '00081150') ?? '', sopInstance, frames };
}

function readGraphic(json: DicomJson): FoundItem['graphic'] {
  const type = textOf(json, '00700023');
  const numbers = (json['00700022']?.Value ?? []).map(Number);
  if (!type || numbers.length < 2) return undefined;
  const points = Array.from({ length: numbers.length >> 1 }, (_, index) => ({
    x: numbers[2 * index]!,
    y: numbers[2 * index + 1]!,
  }));
  return { type, points };
}

function items(json: DicomJson, tag: string): readonly DicomJson[] {
  return (json[tag]?.Value ?? []).filter((value): value is DicomJson => typeof value === 'object' && value !== null);
}

/** Text, a number as text, or a person's name in its first spelling. */
export function textOf(json: DicomJson, tag: string): string | undefined {
  const value = json[tag]?.Value?.[0];
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.values(value).find((spelling) => typeof spelling === 'string');
}
