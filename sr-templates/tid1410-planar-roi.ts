import type { Code } from '#domain/code';
import { AgentError } from '#domain/errors';
import type { Box } from '#domain/geometry';
import type { Uid } from '#domain/uid';
import { groupNames, values } from './codes.ts';
import { code, contains, hasConceptMod, hasObsContext, text, uidRef, ofTemplate } from './content-item.ts';
import type { CodeItem, ContainerItem, ImageItem, ImageReference, OfTemplate, ScoordItem } from './content-item.ts';
import type { RoiMeasurement } from './tid1419-roi-measurement.ts';

export type PlanarRoiGroup = OfTemplate<'1410', ContainerItem>;

export interface PlanarRoi {
  readonly tracking: { readonly identifier: string; readonly uid: Uid };
  /** What was found. Left out where nothing was: an absent finding is no finding. */
  readonly finding?: Code;
  readonly site: Code;
  /** The part of the image that was analysed. */
  readonly region: Box;
  /** The clip, and the frame from 1, on which the region is drawn. */
  readonly drawnOn: { readonly image: ImageReference; readonly frame: number };
  /** All clips that the answer stands on, with the key frame in its clip. */
  readonly clips: readonly ImageReference[];
  /** Where in the clip the answer is seen. */
  readonly explanation?: ImageReference;
  /** An answer in words (newer editions of the template have the row; it extends the older ones). */
  readonly answer?: CodeItem;
  readonly measurements: readonly [RoiMeasurement, ...RoiMeasurement[]];
}

/** TID 1410 Planar ROI Measurements and Qualitative Evaluations. */
export function planarRoi(roi: PlanarRoi): PlanarRoiGroup {
  return ofTemplate<'1410', ContainerItem>({
    valueType: 'CONTAINER',
    name: groupNames.group,
    template: '1410',
    children: [
      hasObsContext(text(groupNames.trackingIdentifier, roi.tracking.identifier)),
      hasObsContext(uidRef(groupNames.trackingUid, roi.tracking.uid)),
      ...(roi.finding ? [contains(code(groupNames.finding, roi.finding))] : []),
      contains(imageRegion(roi)),
      hasConceptMod(code(groupNames.method, values.zeroShot)),
      hasConceptMod(code(groupNames.findingSite, roi.site)),
      ...roi.measurements.map(contains),
      ...(roi.answer ? [contains(roi.answer)] : []),
      ...roi.clips.map((image) => contains(imageItem(groupNames.sourceOfMeasurement, image))),
      ...(roi.explanation ? [contains(imageItem(groupNames.visualExplanation, roi.explanation))] : []),
    ],
  });
}

/** Row 5 and 6: a closed rectangle on exactly one frame, which viewers need to show a group at all. */
export function imageRegion({
  region: { x0, y0, x1, y1 },
  drawnOn,
}: Pick<PlanarRoi, 'region' | 'drawnOn'>): ScoordItem {
  if (x1 <= x0 || y1 <= y0) throw new AgentError('REPORT_INVALID', 'The image region is empty.');
  const corners = [
    { x: x0, y: y0 },
    { x: x1, y: y0 },
    { x: x1, y: y1 },
    { x: x0, y: y1 },
    { x: x0, y: y0 },
  ];
  const { sopClass, sopInstance, series } = drawnOn.image;
  return {
    valueType: 'SCOORD',
    name: groupNames.imageRegion,
    points: corners,
    selectedFrom: {
      valueType: 'IMAGE',
      image: { sopClass, sopInstance, series, frames: [drawnOn.frame] },
    },
  };
}

function imageItem(name: Code, image: ImageReference): ImageItem {
  return { valueType: 'IMAGE', name, image };
}
