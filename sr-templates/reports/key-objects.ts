import type { ReportSubject, ReportTemplate } from '#templates/report-template';
import { statements } from '#templates/statements';
import { tid2010, type KeyObjectSelection } from '#templates/tid2010-key-object-selection';

/** The clips that the answers stand on, marked for a viewer. Where no clip was used there is nothing to mark. */
export default {
  id: 'key-objects',
  kind: 'key-objects',
  sopClass: '1.2.840.10008.5.1.4.1.1.88.59',
  title: 'AI Key Clips',
  seriesNumber: 4,
  isKeyObjectDocument: true,
  content,
} satisfies ReportTemplate;

function content({ assessment, observer, images }: ReportSubject): KeyObjectSelection | undefined {
  const [first, ...others] = assessment.clips.flatMap(({ used, sopInstance }) => {
    const reference = used ? images[sopInstance]?.reference : undefined;
    return reference ? [reference] : [];
  });
  if (!first) return undefined;
  const why = `Clips that ${assessment.model.name} ${assessment.model.version} used.`;
  return tid2010({
    observer,
    description: [why, ...statements(assessment.model)].join(' '),
    images: [first, ...others],
  });
}
