import type { Code } from '#domain/code';
import { deriveUid } from '#domain/uid';
import type { CodeableConcept, Coding, Identifier, Quantity } from './resources.ts';

/** The URIs under which FHIR knows the coding schemes of PS3.16 table 8-1. */
const systems: Readonly<Record<string, string>> = {
  LN: 'http://loinc.org',
  SCT: 'http://snomed.info/sct',
  DCM: 'http://dicom.nema.org/resources/ontology/DCM',
  UCUM: 'http://unitsofmeasure.org',
  UMLS: 'http://terminology.hl7.org/CodeSystem/umls',
};

/** A scheme that nobody registered gets a name of its own, the same everywhere. */
function systemOf(scheme: string): string {
  return systems[scheme] ?? `urn:oid:${deriveUid('coding scheme', scheme)}`;
}

function coding({ value, scheme, meaning }: Code): Coding {
  return { system: systemOf(scheme), code: value, display: meaning };
}

/** A concept with its code, and a further one where there is. */
export function concept(...codes: readonly [Code, ...Code[]]): CodeableConcept {
  return { coding: codes.map(coding), text: codes[0].meaning };
}

/** A concept of a code system that only FHIR names. */
export function concepts(system: string, code: string, display: string, text = display): CodeableConcept {
  return { coding: [{ system, code, display }], text };
}

/** A number with a unit of UCUM. */
export function quantity(value: number, unit: Code): Quantity {
  return { value, unit: unit.value, system: systemOf('UCUM'), code: unit.value };
}

/** A DICOM UID as FHIR writes it (ImagingStudy, "identifier"). */
export function uidIdentifier(uid: string): Identifier {
  return { system: 'urn:dicom:uid', value: `urn:oid:${uid}` };
}

/** A name within one bundle, the same for the same facts. */
export function urn(...facts: readonly string[]): string {
  const hex = BigInt(deriveUid(...facts).slice('2.25.'.length))
    .toString(16)
    .padStart(32, '0');
  return `urn:uuid:${hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}`;
}
