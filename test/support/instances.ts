import { Identifying } from '#domain/identifying';
import type { Instance, InstanceFacts } from '#domain/instance';
import { deriveUid, type StudyUid } from '#domain/uid';

/** A source instance with plausible facts, for tests that need a row and not a file. */
export function anInstance(
  name: string,
  { study = 'study', patient = 'P1' }: { study?: string; patient?: string } = {},
): Instance {
  const facts: InstanceFacts = {
    sopInstance: deriveUid('instance', study, name),
    sopClass: deriveUid('class'),
    series: deriveUid('series', study),
    study: deriveUid('study', study) as StudyUid,
    transferSyntax: deriveUid('syntax'),
    modality: 'US',
    manufacturer: 'Maker',
    modelName: 'Model',
    attributes: new Identifying({
      '00080020': { vr: 'DA', Value: ['20260102'] },
      '00100020': { vr: 'LO', Value: [patient] },
    }),
  };
  return { facts, file: `instances/${name}.dcm`, bytes: 10, sha256: name, receivedAt: 1000, role: 'source' };
}
