import type { Code } from '#domain/code';
import type { Point } from '#domain/geometry';
import type { Uid } from '#domain/uid';

// Content items and the relationships that Comprehensive 3D SR (PS3.3 section A.35.13.3.1.2) and Basic Text SR allow
// between them, as far as this agent uses them. What is not a type here cannot be built.

export interface CodeItem {
  readonly valueType: 'CODE';
  readonly name: Code;
  readonly value: Code;
  readonly children?: readonly (ConceptModifier | Observed)[];
}

export interface TextItem {
  readonly valueType: 'TEXT';
  readonly name: Code;
  readonly text: string;
}

export interface NumItem {
  readonly valueType: 'NUM';
  readonly name: Code;
  readonly value: number;
  readonly unit: Code;
  readonly children?: readonly (ConceptModifier | Inferred | Property)[];
}

/** A number that there is not, and why (Numeric Value Qualifier, PS3.3 section C.18.1). */
export interface UnmeasuredItem {
  readonly valueType: 'NUM';
  readonly name: Code;
  readonly unmeasured: Code;
  readonly children?: readonly (ConceptModifier | Property)[];
}

export interface UidRefItem {
  readonly valueType: 'UIDREF';
  readonly name: Code;
  readonly uid: Uid;
}

export interface PersonNameItem {
  readonly valueType: 'PNAME';
  readonly name: Code;
  readonly personName: string;
}

export interface ImageItem {
  readonly valueType: 'IMAGE';
  readonly name?: Code;
  readonly image: ImageReference;
  readonly children?: readonly Acquired[];
}

/** A closed line in an image's pixels (PS3.3 section C.18.6). */
export interface ScoordItem {
  readonly valueType: 'SCOORD';
  readonly name: Code;
  readonly points: readonly Point[];
  readonly selectedFrom: ImageItem;
}

export interface ContainerItem {
  readonly valueType: 'CONTAINER';
  readonly name: Code;
  /** The template that the container begins (PS3.16), without `TID`. */
  readonly template?: string;
  readonly children: readonly (Contained | ConceptModifier | Observed | Acquired)[];
}

export type ContentItem =
  CodeItem | TextItem | NumItem | UnmeasuredItem | UidRefItem | PersonNameItem | ImageItem | ScoordItem | ContainerItem;

/** A relationship and the item it leads to. */
export interface Related<Relationship extends string, Item> {
  readonly relationship: Relationship;
  readonly item: Item;
}
export type Contained = Related<'CONTAINS', ContentItem>;
export type ConceptModifier = Related<'HAS CONCEPT MOD', CodeItem | TextItem>;
export type Observed = Related<'HAS OBS CONTEXT', CodeItem | TextItem | NumItem | UidRefItem | PersonNameItem>;
export type Acquired = Related<'HAS ACQ CONTEXT', CodeItem | TextItem | NumItem>;
export type Inferred = Related<'INFERRED FROM', NumItem | ScoordItem>;
export type Property = Related<'HAS PROPERTIES', TextItem | NumItem>;
export type AnyRelated =
  Contained | ConceptModifier | Observed | Acquired | Inferred | Property | Related<'SELECTED FROM', ImageItem>;

/** An instance in the study that is reported on; frames are counted from 1, as in the standard. */
export interface ImageReference {
  readonly sopClass: Uid;
  readonly sopInstance: Uid;
  readonly series: Uid;
  readonly frames?: readonly number[];
}

declare const template: unique symbol;
/** An item that one template's builder made: the only way to have one is to call it. */
export type OfTemplate<Tid extends string, Item> = Item & { readonly [template]: Tid };

/** To be called by the builder of that template only. */
export const ofTemplate = <Tid extends string, Item extends ContentItem>(item: Item): OfTemplate<Tid, Item> =>
  item as OfTemplate<Tid, Item>;

export const contains = <I extends ContentItem>(item: I): Related<'CONTAINS', I> => ({
  relationship: 'CONTAINS',
  item,
});
export const hasConceptMod = (item: CodeItem | TextItem): ConceptModifier => ({
  relationship: 'HAS CONCEPT MOD',
  item,
});
export const hasObsContext = (item: Observed['item']): Observed => ({ relationship: 'HAS OBS CONTEXT', item });
export const hasAcqContext = (item: Acquired['item']): Acquired => ({ relationship: 'HAS ACQ CONTEXT', item });
export const inferredFrom = (item: Inferred['item']): Inferred => ({ relationship: 'INFERRED FROM', item });
export const hasProperty = (item: Property['item']): Property => ({ relationship: 'HAS PROPERTIES', item });

export const code = (name: Code, value: Code): CodeItem => ({ valueType: 'CODE', name, value });
export const text = (name: Code, value: string): TextItem => ({ valueType: 'TEXT', name, text: value });
export const personName = (name: Code, value: string): PersonNameItem => ({
  valueType: 'PNAME',
  name,
  personName: value,
});
export const uidRef = (name: Code, uid: Uid): UidRefItem => ({ valueType: 'UIDREF', name, uid });
