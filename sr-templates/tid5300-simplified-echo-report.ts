import { echoNames, names, titles } from './codes.ts';
import { contains, ofTemplate, text, type ContainerItem, type OfTemplate } from './content-item.ts';
import { observationContext } from './tid1001-observation-context.ts';
import type { DeviceObserver } from './tid1004-device-observer.ts';
import { language } from './tid1204-language.ts';
import type { PostCoordinatedMeasurement } from './tid5302-post-coordinated-echo-measurement.ts';

export type SimplifiedEchoReport = OfTemplate<'5300', ContainerItem>;

/**
 * TID 5300 Simplified Echo Procedure Report. Nothing of ours is pre-coordinated: those codes name methods of tracing and
 * measuring (CID 12300), and we trace nothing.
 */
export function tid5300(content: {
  readonly observer: DeviceObserver;
  readonly statements: readonly string[];
  readonly measurements: readonly PostCoordinatedMeasurement[];
}): SimplifiedEchoReport {
  const postCoordinated: ContainerItem = {
    valueType: 'CONTAINER',
    name: echoNames.postCoordinated,
    children: content.measurements.map(contains),
  };
  return ofTemplate<'5300', ContainerItem>({
    valueType: 'CONTAINER',
    name: titles.adultEcho,
    template: '5300',
    children: [
      language(),
      ...observationContext(content.observer),
      // No row is meant for it, but no output of ours goes without.
      ...content.statements.map((statement) => contains(text(names.statement, statement))),
      ...(content.measurements.length > 0 ? [contains(postCoordinated)] : []),
    ],
  });
}
