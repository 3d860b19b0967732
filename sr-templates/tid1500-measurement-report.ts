import type { Code } from '#domain/code';
import { names, titles } from './codes.ts';
import { code, contains, hasConceptMod, ofTemplate } from './content-item.ts';
import type { CodeItem, ContainerItem, OfTemplate, TextItem } from './content-item.ts';
import { observationContext } from './tid1001-observation-context.ts';
import type { DeviceObserver } from './tid1004-device-observer.ts';
import { language } from './tid1204-language.ts';
import type { PlanarRoiGroup } from './tid1410-planar-roi.ts';
import type { ImageLibrary } from './tid1600-image-library.ts';
import { algorithmIdentification, type Algorithm } from './tid4019-algorithm-identification.ts';

export type MeasurementReport = OfTemplate<'1500', ContainerItem>;

export interface MeasurementReportContent {
  readonly observer: DeviceObserver;
  readonly procedure: Code;
  readonly library: ImageLibrary;
  readonly algorithm: Algorithm;
  readonly groups: readonly PlanarRoiGroup[];
  /** Row 12: at least one, so that a report without a measurement says something too. */
  readonly evaluations: readonly [CodeItem | TextItem, ...(CodeItem | TextItem)[]];
}

/** TID 1500 Measurement Report. */
export function tid1500(content: MeasurementReportContent): MeasurementReport {
  const algorithm = algorithmIdentification(content.algorithm);
  const measurements: ContainerItem = {
    valueType: 'CONTAINER',
    name: names.imagingMeasurements,
    children: [...algorithm.map(hasConceptMod), ...content.groups.map(contains)],
  };
  const evaluations: ContainerItem = {
    valueType: 'CONTAINER',
    name: names.qualitativeEvaluations,
    // Here the algorithm is contained: row 13 and 14 take every CODE and TEXT for an evaluation.
    children: [...algorithm, ...content.evaluations].map(contains),
  };
  return ofTemplate<'1500', ContainerItem>({
    valueType: 'CONTAINER',
    name: titles.measurementReport,
    template: '1500',
    children: [
      language(),
      ...observationContext(content.observer),
      hasConceptMod(code(names.procedureReported, content.procedure)),
      contains(content.library),
      ...(content.groups.length > 0 ? [contains(measurements)] : []),
      contains(evaluations),
    ],
  });
}
