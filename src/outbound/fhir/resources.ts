// What we write of FHIR R4 (4.0.1), element by element: DiagnosticReport, Observation, Device, in a transaction Bundle.

export interface Coding {
  readonly system: string;
  readonly code: string;
  readonly display: string;
}
export interface CodeableConcept {
  readonly coding: readonly Coding[];
  readonly text?: string;
}
export interface Identifier {
  readonly system?: string;
  readonly value: string;
  readonly assigner?: { readonly display: string };
}
/** Within the bundle by `reference`, else by what it is called elsewhere. */
export interface Reference {
  readonly type: string;
  readonly reference?: string;
  readonly identifier?: Identifier;
}
export interface Quantity {
  readonly value: number;
  readonly unit: string;
  readonly system: string;
  readonly code: string;
}
interface Resource {
  readonly meta?: { readonly tag: readonly Coding[] };
  readonly identifier: readonly Identifier[];
}
export type ReportStatus = 'preliminary' | 'final' | 'amended';

export interface ObservationComponent {
  readonly code: CodeableConcept;
  readonly valueQuantity?: Quantity;
  readonly valueRange?: { readonly low: Quantity; readonly high: Quantity };
}
export interface Observation extends Resource {
  readonly resourceType: 'Observation';
  readonly status: ReportStatus;
  readonly category: readonly CodeableConcept[];
  readonly code: CodeableConcept;
  readonly subject: Reference;
  readonly effectiveDateTime?: string;
  readonly issued: string;
  readonly valueQuantity?: Quantity;
  readonly valueCodeableConcept?: CodeableConcept;
  readonly dataAbsentReason?: CodeableConcept;
  readonly note: readonly { readonly text: string }[];
  readonly bodySite?: CodeableConcept;
  readonly method: CodeableConcept;
  readonly device: Reference;
  readonly derivedFrom: readonly Reference[];
  readonly component?: readonly ObservationComponent[];
}
export interface DiagnosticReport extends Resource {
  readonly resourceType: 'DiagnosticReport';
  readonly extension?: readonly { readonly url: string; readonly valueReference: Reference }[];
  readonly status: ReportStatus;
  readonly category: readonly CodeableConcept[];
  readonly code: CodeableConcept;
  readonly subject: Reference;
  readonly effectiveDateTime?: string;
  readonly issued: string;
  readonly result: readonly Reference[];
  readonly imagingStudy: readonly Reference[];
  readonly conclusion: string;
}
export interface Device extends Resource {
  readonly resourceType: 'Device';
  readonly manufacturer: string;
  readonly serialNumber: string;
  readonly deviceName: readonly { readonly name: string; readonly type: 'model-name' }[];
  readonly version: readonly { readonly value: string }[];
  readonly note: readonly { readonly text: string }[];
}
export interface BundleEntry {
  readonly fullUrl: string;
  readonly resource: DiagnosticReport | Observation | Device;
  readonly request: { readonly method: 'PUT' | 'POST'; readonly url: string; readonly ifNoneExist?: string };
}
export interface TransactionBundle {
  readonly resourceType: 'Bundle';
  readonly type: 'transaction';
  readonly entry: readonly BundleEntry[];
}
