import type { Attributes } from '#dicom/write/named-attributes';
import { decimalString } from '#dicom/write/value-rules';
import type { Code } from '#domain/code';
import { AgentError } from '#domain/errors';
import type { AnyRelated, ContainerItem, ContentItem, ImageReference } from './content-item.ts';

/** The content tree of a report as attributes of the SR Document Content module (PS3.3 section C.17.3). */
export function contentTree(root: ContainerItem): Attributes {
  return attributesOf(root);
}

/** Every image that a report refers to, once each: what its evidence must list. */
export function referencedImages(item: ContentItem): readonly ImageReference[] {
  const own = item.valueType === 'IMAGE' ? [item.image] : [];
  const all = [...own, ...childrenOf(item).flatMap((child) => referencedImages(child.item))];
  return [...new Map(all.map((image) => [image.sopInstance, image])).values()];
}

/** A coded entry (PS3.3 section 8.8). */
export function codeAttributes({ value, scheme, meaning }: Code): Attributes {
  if (!value || !scheme || !meaning) throw new AgentError('REPORT_INVALID', `The code ${value} is not complete.`);
  return {
    ...(value.length > 16 ? { LongCodeValue: value } : { CodeValue: value }),
    CodingSchemeDesignator: scheme,
    CodeMeaning: meaning,
  };
}

function attributesOf(item: ContentItem): Attributes {
  const children = childrenOf(item);
  return {
    ValueType: item.valueType,
    ...(item.name && { ConceptNameCodeSequence: [codeAttributes(item.name)] }),
    ...valueOf(item),
    ...(children.length > 0 && {
      ContentSequence: children.map(({ relationship, item: child }) => ({
        RelationshipType: relationship,
        ...attributesOf(child),
      })),
    }),
  };
}

function childrenOf(item: ContentItem): readonly AnyRelated[] {
  switch (item.valueType) {
    case 'CONTAINER':
      return item.children;
    case 'CODE':
    case 'NUM':
    case 'IMAGE':
      return item.children ?? [];
    case 'SCOORD':
      return [{ relationship: 'SELECTED FROM', item: item.selectedFrom }];
    case 'TEXT':
    case 'UIDREF':
    case 'PNAME':
      return [];
  }
}

function valueOf(item: ContentItem): Attributes {
  switch (item.valueType) {
    case 'CONTAINER':
      return {
        ContinuityOfContent: 'SEPARATE',
        ...(item.template && {
          ContentTemplateSequence: [{ MappingResource: 'DCMR', TemplateIdentifier: item.template }],
        }),
      };
    case 'CODE':
      return { ConceptCodeSequence: [codeAttributes(item.value)] };
    case 'TEXT':
      if (item.text.trim() === '') throw new AgentError('REPORT_INVALID', `The text of ${item.name.meaning} is empty.`);
      return { TextValue: item.text };
    case 'NUM':
      return 'unmeasured' in item
        ? { MeasuredValueSequence: [], NumericValueQualifierCodeSequence: [codeAttributes(item.unmeasured)] }
        : { MeasuredValueSequence: [measuredValue(item.value, item.unit)] };
    case 'PNAME':
      return { PersonName: item.personName };
    case 'UIDREF':
      return { UID: item.uid };
    case 'IMAGE':
      return { ReferencedSOPSequence: [imageAttributes(item.image)] };
    case 'SCOORD':
      return { GraphicType: 'POLYLINE', GraphicData: item.points.flatMap(({ x, y }) => [x, y]) };
  }
}

function measuredValue(value: number, unit: Code): Attributes {
  const decimal = decimalString(value);
  return {
    // Where sixteen characters do not hold the number, the double stands beside it (PS3.3 section C.18.1).
    ...(Number(decimal) !== value && { FloatingPointValue: value }),
    NumericValue: decimal,
    MeasurementUnitsCodeSequence: [codeAttributes(unit)],
  };
}

function imageAttributes({ sopClass, sopInstance, frames }: ImageReference): Attributes {
  return {
    ReferencedSOPClassUID: sopClass,
    ReferencedSOPInstanceUID: sopInstance,
    ...(frames && { ReferencedFrameNumber: frames }),
  };
}
