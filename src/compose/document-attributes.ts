import { identityOf, timezoneOf } from '#dicom/write/identity';
import { named, type Attributes } from '#dicom/write/named-attributes';
import { longString } from '#dicom/write/value-rules';
import type { Assessment, ModelIdentity } from '#domain/assessment';
import type { DicomJson, InstanceFacts } from '#domain/instance';
import { deriveUid, type Uid } from '#domain/uid';
import { values } from '#templates/codes';
import { codeAttributes } from '#templates/content-tree';
import { timestampOf, type Timestamp } from './timestamp.ts';

/** What all documents of one assessment share. */
export interface DocumentContext {
  readonly assessment: Assessment;
  /** The source whose patient and study attributes are copied. */
  readonly source: InstanceFacts;
  readonly softwareVersion: string;
}

/** What is particular to one document. */
export interface DocumentSeries {
  readonly modality: string;
  readonly series: Uid;
  /** Added to the number at which the revision's series begin. */
  readonly number: number;
  readonly description: string;
}

export const manufacturer = 'Apical';
export const productName = 'Apical echo AI agent';

/** The UID of this program as a device: another version is another device. */
export function deviceUid(softwareVersion: string): Uid {
  return deriveUid('device', manufacturer, softwareVersion);
}

/** When the study had settled, on the study's clock. */
export function settledAt({ assessment, source }: DocumentContext): Timestamp {
  return timestampOf(assessment.settledAt, timezoneOf(source));
}

/** Patient, Study, Series, Equipment and SOP Common modules; date and time are the settling's, so that the same input gives the same bytes. */
export function documentAttributes(context: DocumentContext, series: DocumentSeries): DicomJson {
  const { date, time } = settledAt(context);
  const { assessment, source, softwareVersion } = context;
  return {
    ...identityOf(source),
    ...named({
      InstanceCreationDate: date,
      InstanceCreationTime: time,
      ContentDate: date,
      ContentTime: time,
      SeriesDate: date,
      SeriesTime: time,
      Modality: series.modality,
      SeriesInstanceUID: series.series,
      SeriesNumber: 9000 + 100 * (assessment.revision % 100) + series.number,
      SeriesDescription: longString(series.description),
      InstanceNumber: 1,
      Manufacturer: manufacturer,
      ManufacturerModelName: productName,
      DeviceSerialNumber: softwareVersion,
      SoftwareVersions: softwareVersion,
      ContributingEquipmentSequence: [
        contribution(assessment.model, context, 'Answered the questions put to the clips'),
        contribution(assessment.viewModel, context, 'Recognised the views of the clips'),
      ],
    }),
  };
}

/** IHE AIR section 6.5.3.1: each algorithm is a device of its own, with a new UID whenever the model changes. */
function contribution(model: ModelIdentity, context: DocumentContext, description: string): Attributes {
  return {
    PurposeOfReferenceCodeSequence: [codeAttributes(values.processingEquipment)],
    Manufacturer: longString(model.manufacturer) || 'unknown',
    ManufacturerModelName: longString(model.name),
    SoftwareVersions: longString(model.version),
    DeviceSerialNumber: longString(model.digest),
    DeviceUID: deriveUid('device', 'model', model.id, model.digest),
    ContributionDateTime: settledAt(context).dateTime,
    ContributionDescription: description,
  };
}
