import type { Assessment } from '#domain/assessment';
import type { DocumentKind } from '#domain/document';
import { AgentError } from '#domain/errors';
import type { Finding, FindingDefinition } from '#domain/finding';
import type { Box } from '#domain/geometry';
import { deriveUid, type Uid } from '#domain/uid';
import type { ContainerItem, ImageReference } from './content-item.ts';
import type { DeviceObserver } from './tid1004-device-observer.ts';

/** A report that the agent writes: one file each in `sr-templates/reports`. */
export interface ReportTemplate {
  /** Enters the report's UIDs: never changed. */
  readonly id: string;
  readonly kind: Exclude<DocumentKind, 'sc' | 'pdf' | 'segmentation' | 'decision'>;
  readonly sopClass: string;
  readonly title: string;
  /** Added to the number at which the revision's series begin. */
  readonly seriesNumber: number;
  /** Whether its SOP class demands an offset from UTC, even where the study states none. */
  readonly needsTimezone?: boolean;
  /** A Key Object Selection is no SR document: it has no completion, no verification, no predecessor (PS3.3 section A.35.4). */
  readonly isKeyObjectDocument?: boolean;
  /** Nothing where there is nothing to say. */
  content(subject: ReportSubject): ContainerItem | undefined;
}

/** What a report is made of: facts only, so that the same subject gives the same report. */
export interface ReportSubject {
  readonly assessment: Assessment;
  readonly observer: DeviceObserver;
  /** The source images of the study, by SOP Instance UID. */
  readonly images: Readonly<Record<string, ReportedImage>>;
  /** Overlays by the id of the finding that they explain. */
  readonly overlays: Readonly<Record<string, ImageReference>>;
}

export interface ReportedImage {
  readonly reference: ImageReference;
  /** The part that was analysed, in every frame that was. */
  readonly region: Box;
  /** Frames known to have been analysed, from 0. */
  readonly analysedFrames: readonly number[];
}

/** The question that a finding answers. */
export function definitionOf({ definitions }: Assessment, { id }: Finding): FindingDefinition {
  const definition = definitions.find((candidate) => candidate.id === id);
  if (!definition) throw new AgentError('REPORT_INVALID', `Nothing defines the finding ${id}.`);
  return definition;
}

/** The same finding of the same study and model has one tracking UID, in every object and revision. */
export function trackingUid({ study, model }: Assessment, { id }: Finding): Uid {
  return deriveUid('tracking', study, model.id, id);
}

/** Figures as reports state them: four decimals, beyond which execution providers differ. */
export function figure(value: number): number {
  return Number(value.toFixed(4));
}
